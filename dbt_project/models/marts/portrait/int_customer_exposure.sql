{#
  What each customer owes and may draw, from the facilities still on the book: exposure is outstanding + off-balance,
  the limit what was committed and not cancelled. In the base currency at the rate of as_of_date; a customer with a facility without
  one has no sums (`is_unpriced`, where CUR-01 was waived).
#}
with facilities as (
    select
        customer_id,
        fx_rate,
        {{ base_amount('outstanding_amt', 'fx_rate') }} as outstanding_amt,
        {{ base_amount('off_balance_amt', 'fx_rate') }} as off_balance_amt,
        {{ base_amount('commitment_amt', 'fx_rate') }} as commitment_amt,
        {{ base_amount('cancelled_amt', 'fx_rate') }} as cancelled_amt
    from {{ ref('dim_facility') }}
    where not is_derecognised and facility_status not in ('closed', 'cancelled')
),

final as (
    select
        customer_id,
        cast(count(*) as integer) as facility_count,
        cast('{{ var("base_currency") }}' as string) as currency,
        max(case when fx_rate is null then 1 else 0 end) = 1 as is_unpriced,
        cast(sum(coalesce(outstanding_amt, 0)) as decimal(20, 2)) as outstanding_amt,
        cast(sum(coalesce(outstanding_amt, 0) + coalesce(off_balance_amt, 0)) as decimal(20, 2)) as exposure_amt,
        cast(sum(commitment_amt - coalesce(cancelled_amt, 0)) as decimal(20, 2)) as limit_amt
    from facilities
    group by customer_id
)

select * from final
