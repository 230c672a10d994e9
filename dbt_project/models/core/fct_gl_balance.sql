{# Balances of the general ledger by account and reporting date, as known. #}
with known as (
    select * from {{ as_known('gl_balance', ['gl_account', 'reporting_date']) }} as accepted
),

final as (
    select
        gl_account,
        reporting_date,
        source_system,
        balance_amt,
        currency,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
