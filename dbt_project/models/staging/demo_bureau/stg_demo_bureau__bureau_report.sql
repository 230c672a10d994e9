{# The consent is one of the customer relationship system. #}
with source as (
    select * from {{ source('demo_bureau', 'reports') }}
),

final as (
    select
        cast('demo:' || report_no as string) as report_id,
        cast('demo:' || customer_no as string) as customer_id,
        cast(report_date as date) as report_date,
        cast(purpose as string) as purpose,
        cast('demo:' || consent_no as string) as authorisation_id,
        cast(bureau as string) as bureau,
        {{ lineage('demo_bureau') }}
    from source
)

select * from final
