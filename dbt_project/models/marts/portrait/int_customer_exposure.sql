{#
  What each customer owes and may draw, from the facilities still on the book: exposure is outstanding + off-balance,
  the limit what was committed and not cancelled. Amounts of several currencies are not added (`mixed_currency`).
#}
with facilities as (
    select *
    from {{ ref('dim_facility') }}
    where not is_derecognised and facility_status not in ('closed', 'cancelled')
),

final as (
    select
        customer_id,
        cast(count(*) as integer) as facility_count,
        min(currency) as currency,
        min(currency) <> max(currency) as is_mixed_currency,
        cast(sum(coalesce(outstanding_amt, 0)) as decimal(20, 2)) as outstanding_amt,
        cast(sum(coalesce(outstanding_amt, 0) + coalesce(off_balance_amt, 0)) as decimal(20, 2)) as exposure_amt,
        cast(sum(commitment_amt - coalesce(cancelled_amt, 0)) as decimal(20, 2)) as limit_amt
    from facilities
    group by customer_id
)

select * from final
