with known as (
    select * from {{ as_known('bureau_account', ['report_id', 'account_no']) }} as accepted
),

final as (
    select
        report_id,
        account_no,
        source_system,
        institution_hash,
        own_facility_id,
        account_type,
        open_date,
        close_date,
        credit_limit_amt,
        balance_amt,
        five_tier_class,
        months_overdue,
        max_overdue_24m,
        overdue_amt,
        repayment_string_24m,
        guarantee_liability_amt,
        currency,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
