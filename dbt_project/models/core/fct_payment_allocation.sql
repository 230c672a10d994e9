{#
  Which payment paid which instalment, first in, first out: payments in the order of their value dates pay instalments in
  the order of their due dates (spec §2(d)). Both lie on one line of money that starts at zero: a payment covers the
  stretch from what was paid before it to what was paid with it, an instalment likewise, and what is allocated is the
  stretch they share.
#}
with payments as (
    select
        *,
        sum(effective_scheduled_amt) over (
            partition by instrument_id
            order by value_date, payment_id
            rows between unbounded preceding and current row
        ) as paid_with_amt
    from {{ ref('fct_payment') }}
    where effective_scheduled_amt > 0
),

instalments as (
    select * from {{ ref('fct_instalment') }}
),

shared as (
    select
        payments.payment_id,
        instalments.instrument_id,
        instalments.schedule_version,
        instalments.instalment_no,
        payments.source_system,
        instalments.due_date,
        payments.value_date,
        payments.currency,
        payments.batch_id,
        payments.source_row,
        payments.known_at,
        payments.dq_flag or instalments.dq_flag as dq_flag,
        least(payments.paid_with_amt, instalments.cumulative_due_amt)
        - greatest(
            payments.paid_with_amt - payments.effective_scheduled_amt,
            instalments.cumulative_due_amt - instalments.due_amt
        ) as allocated_amt
    from payments
    inner join instalments
        on payments.instrument_id = instalments.instrument_id
),

final as (
    select
        payment_id,
        instrument_id,
        instalment_no,
        schedule_version,
        source_system,
        due_date,
        value_date,
        cast({{ days_between('due_date', 'value_date') }} as integer) as days_after_due,
        cast(allocated_amt as decimal(20, 2)) as allocated_amt,
        currency,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from shared
    where allocated_amt > 0
)

select * from final
