{# One row a report and inquiry. #}
with source as (
    select * from {{ source('demo_bureau', 'inquiries') }}
),

final as (
    select
        cast('demo:' || report_no as string) as report_id,
        cast(inquiry_no as integer) as inquiry_no,
        cast(inquiry_date as date) as inquiry_date,
        cast(institution_type as string) as institution_type,
        cast(reason as string) as reason,
        {{ lineage('demo_bureau') }}
    from source
)

select * from final
