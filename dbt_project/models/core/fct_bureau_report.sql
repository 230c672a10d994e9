with known as (
    select * from {{ as_known('bureau_report', ['report_id']) }} as accepted
),

final as (
    select
        report_id,
        source_system,
        customer_id,
        report_date,
        purpose,
        authorisation_id,
        bureau,
        cast(
            row_number() over (partition by customer_id order by report_date desc, report_id desc) = 1 as boolean
        ) as is_latest,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
