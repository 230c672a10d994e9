with known as (
    select * from {{ as_known('personal_income', ['customer_id', 'income_type', 'period_end_date']) }} as accepted
),

final as (
    select
        customer_id,
        income_type,
        period_end_date,
        source_system,
        period_months,
        income_amt,
        verification,
        currency,
        cast(coalesce(verification <> 'declared', false) as boolean) as is_verified,
        cast({{ exact_ratio('income_amt', 'period_months') }} as decimal(20, 2)) as monthly_income_amt,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
