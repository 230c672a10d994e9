with known as (
    select * from {{ as_known('bureau_inquiry', ['report_id', 'inquiry_no']) }} as accepted
),

final as (
    select
        report_id,
        inquiry_no,
        source_system,
        inquiry_date,
        institution_type,
        reason,
        cast(
            coalesce(reason in ('loan_approval', 'card_approval', 'guarantee_review'), false) as boolean
        ) as is_hard,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
