{# Rates as known at the cutoff, and which of them is the latest of its pair of currencies. #}
with known as (
    select * from {{ as_known('fx_rate', ['currency', 'quote_currency', 'rate_date']) }} as accepted
),

final as (
    select
        currency,
        quote_currency,
        rate_date,
        source_system,
        rate,
        max(rate_date) over (partition by currency, quote_currency) = rate_date as is_latest,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
