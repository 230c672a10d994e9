with source as (
    select * from {{ source('demo_market', 'holidays') }}
),

final as (
    select
        cast(country_code as string) as country_code,
        cast(calendar_date as date) as calendar_date,
        cast(is_business_day as boolean) as is_business_day,
        cast(holiday_name as string) as holiday_name,
        {{ lineage('demo_market') }}
    from source
)

select * from final
