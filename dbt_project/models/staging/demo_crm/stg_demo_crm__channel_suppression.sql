{# The whole list comes each month; the latest row of a suppression counts. #}
with source as (
    select * from {{ source('demo_crm', 'suppressions') }}
),

final as (
    select
        cast('demo:' || customer_no as string) as customer_id,
        cast(channel as string) as channel,
        cast(reason as string) as reason,
        cast(from_date as date) as from_date,
        cast(to_date as date) as to_date,
        {{ lineage('demo_crm') }}
    from source
)

select * from final
