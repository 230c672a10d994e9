{# One row a report and record. #}
with source as (
    select * from {{ source('demo_bureau', 'public_records') }}
),

final as (
    select
        cast('demo:' || report_no as string) as report_id,
        cast(record_no as integer) as record_no,
        cast(record_type as string) as record_type,
        cast(event_date as date) as event_date,
        cast(end_date as date) as end_date,
        cast(record_amt as decimal(20, 2)) as record_amt,
        cast(currency as string) as currency,
        {{ lineage('demo_bureau') }}
    from source
)

select * from final
