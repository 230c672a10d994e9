{#
  How each customer repaid in the 24 months to as_of_date (spec §1.7): the share of instalments that were paid in full by
  their due date and the days of grace, and the most days that any was late.

  An instalment is paid in full on the day after which no more than the tolerance of §5.3 is unpaid, first in, first out.
  What an instrument leaves unpaid when it ends (closed, written off, off the book) stays late until that day; what would
  have fallen due later is not due. One that is unpaid while its grace still runs is neither on time nor late yet.
  Lateness counts wherever it lies in the 24 months, of instalments due before them too. Instruments of a source that
  delivers no payments are left out, as in fct_instrument_dpd.
#}
with paying_sources as (
    select source_system
    from {{ ref('fct_payment') }}
    group by source_system
),

instruments as (
    select
        instruments.instrument_id,
        instruments.customer_id,
        {{ plus_months(as_of_date(), -var('repayment_months')) }} as window_start_date,
        case
            when instruments.is_derecognised or instruments.instrument_status in ('closed', 'written_off')
                then least(coalesce(instruments.closed_date, instruments.reporting_date), {{ as_of_date() }})
            else {{ as_of_date() }}
        end as last_date
    from {{ ref('dim_instrument') }} as instruments
    inner join paying_sources
        on instruments.source_system = paying_sources.source_system
),

paid as (
    select
        instrument_id,
        instalment_no,
        value_date,
        sum(allocated_amt) over (
            partition by instrument_id, instalment_no
            order by value_date, payment_id
            rows between unbounded preceding and current row
        ) as paid_amt
    from {{ ref('fct_payment_allocation') }}
    where value_date <= {{ as_of_date() }}
),

instalments as (
    select
        instruments.customer_id,
        instruments.window_start_date,
        instruments.last_date,
        instalments.instrument_id,
        instalments.instalment_no,
        instalments.due_date,
        instalments.due_amt - greatest(
            {{ var('dpd_tolerance_amt') }},
            instalments.due_amt * cast({{ var('dpd_tolerance_share') }} as decimal(9, 8))
        ) as needed_amt
    from {{ ref('fct_instalment') }} as instalments
    inner join instruments
        on instalments.instrument_id = instruments.instrument_id
    where instalments.due_date <= instruments.last_date
),

settled as (
    select
        instalments.customer_id,
        instalments.window_start_date,
        instalments.last_date,
        instalments.due_date,
        {{ plus_days('instalments.due_date', var('repayment_grace_days')) }} as grace_end_date,
        min(case when paid.paid_amt >= instalments.needed_amt then paid.value_date end) as paid_date
    from instalments
    left join paid
        on
            instalments.instrument_id = paid.instrument_id
            and instalments.instalment_no = paid.instalment_no
    where instalments.needed_amt > 0
    group by
        instalments.customer_id,
        instalments.window_start_date,
        instalments.last_date,
        instalments.instrument_id,
        instalments.instalment_no,
        instalments.due_date
),

judged as (
    select
        customer_id,
        due_date > window_start_date and (paid_date is not null or grace_end_date <= last_date) as is_counted,
        coalesce(paid_date <= grace_end_date, false) as is_on_time,
        case
            when greatest(due_date, coalesce(paid_date, last_date)) > window_start_date
                then greatest({{ days_between('due_date', 'coalesce(paid_date, last_date)') }}, 0)
        end as days_late
    from settled
),

summed as (
    select
        customer_id,
        sum(case when is_counted then 1 else 0 end) as instalment_count,
        sum(case when is_counted and is_on_time then 1 else 0 end) as ontime_count,
        max(days_late) as max_dpd
    from judged
    group by customer_id
),

final as (
    select
        customer_id,
        cast(instalment_count as integer) as instalment_count,
        cast(ontime_count as integer) as ontime_count,
        cast({{ exact_ratio('ontime_count', 'instalment_count') }} as decimal(7, 6)) as p_ontime_24m,
        cast(max_dpd as integer) as p_max_dpd_24m,
        cast(
            case
                when instalment_count < {{ var('repayment_minimum') }} then null
                when ontime_count * 1000 >= instalment_count * 995 and max_dpd <= 3 then 5
                when ontime_count * 100 >= instalment_count * 97 and max_dpd <= 10 then 4
                when ontime_count * 100 >= instalment_count * 90 and max_dpd <= 30 then 3
                when ontime_count * 100 >= instalment_count * 75 and max_dpd <= 60 then 2
                else 1
            end as integer
        ) as p_score
    from summed
    where max_dpd is not null
)

select * from final
