{#
  Payments as known. A reversal and what it reverses on the same instrument (see `reversed_rows`) stay, marked, and count for nothing (`effective_*`): sums over the
  effective amounts are net. The penalty part pays no instalment.
#}
with known as (
    select * from {{ as_known('payment', ['payment_id']) }} as accepted
),

marked as (
    select
        known.*,
        known.reversal_of_payment_id is not null as is_reversal,
        reversed.reversed_id is not null as is_reversed,
        case when known.reversal_of_payment_id is null and reversed.reversed_id is null then 1 else 0 end as counts
    from known
    left join {{ reversed_rows('known', 'payment_id', 'reversal_of_payment_id', 'instrument_id') }} as reversed
        on
            known.payment_id = reversed.reversed_id
            and known.instrument_id = reversed.owner_id
),

final as (
    select
        payment_id,
        instrument_id,
        source_system,
        value_date,
        booking_date,
        payment_amt,
        principal_amt,
        interest_amt,
        fee_amt,
        penalty_amt,
        currency,
        channel,
        channel_reference,
        is_prepayment,
        is_duplicate_flagged,
        reversal_of_payment_id,
        is_reversal,
        is_reversed,
        cast(payment_amt * counts as decimal(20, 2)) as effective_amt,
        cast(coalesce(principal_amt, 0) * counts as decimal(20, 2)) as effective_principal_amt,
        cast((payment_amt - coalesce(penalty_amt, 0)) * counts as decimal(20, 2)) as effective_scheduled_amt,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from marked
)

select * from final
