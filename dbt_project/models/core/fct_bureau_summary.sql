with known as (
    select * from {{ as_known('bureau_summary', ['customer_id', 'summary_date']) }} as accepted
),

final as (
    select
        customer_id,
        summary_date,
        source_system,
        debt_to_income_pct,
        home_ownership,
        employment_months,
        delinquencies_24m,
        months_since_delinquency,
        inquiries_12m,
        accounts_total,
        accounts_open,
        accounts_30dpd,
        accounts_120dpd,
        credit_limit_amt,
        utilised_amt,
        collections_12m,
        public_records,
        tax_liens,
        first_credit_date,
        currency,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
