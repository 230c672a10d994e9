with source as (
    select * from {{ source('demo_market', 'industry_indices') }}
),

final as (
    select
        cast(industry_code as string) as industry_code,
        cast(index_name as string) as index_name,
        cast(period_end_date as date) as period_end_date,
        cast(index_value as decimal(20, 6)) as index_value,
        cast(index_source as string) as index_source,
        cast(licence as string) as licence,
        {{ lineage('demo_market') }}
    from source
)

select * from final
