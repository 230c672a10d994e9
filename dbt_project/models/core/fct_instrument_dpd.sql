{#
  What is overdue of each instrument and for how many days (spec §5.3), from the schedule in force and the payments, first
  in, first out; never from the source's own figure, which DQ-58 compares. An instalment is overdue from the day after its
  due date while more than a tolerance of it is unpaid. Within an instalment interest and fees are paid before principal.

  Measured at as_of_date, and once more at the instrument's reporting date (`reported_*`), since the reconciliation with
  the reported balances needs both sides of one day. What is closed, written off or off the book has nothing overdue.
  Instruments of a source that delivers no payments are left out: nothing would be paid.
#}
with instruments as (
    select * from {{ ref('dim_instrument') }}
),

payments as (
    select * from {{ ref('fct_payment') }}
),

paying_sources as (
    select source_system
    from payments
    group by source_system
),

instalments as (
    select instalments.*
    from {{ ref('fct_instalment') }} as instalments
    inner join paying_sources
        on instalments.source_system = paying_sources.source_system
),

scheduled as (
    select
        instrument_id,
        source_system,
        max(currency) as currency,
        max(case when dq_flag then 1 else 0 end) as has_dq_flag
    from instalments
    group by instrument_id, source_system
),

measured as (
    select
        scheduled.instrument_id,
        'as_of' as basis,
        {{ as_of_date() }} as measured_date
    from scheduled

    union all

    select
        scheduled.instrument_id,
        'reported' as basis,
        instruments.reporting_date as measured_date
    from scheduled
    inner join instruments
        on scheduled.instrument_id = instruments.instrument_id
),

paid as (
    select
        measured.instrument_id,
        measured.basis,
        measured.measured_date,
        coalesce(sum(payments.effective_scheduled_amt), 0) as paid_amt,
        coalesce(sum(payments.effective_principal_amt), 0) as principal_paid_amt
    from measured
    left join payments
        on
            measured.instrument_id = payments.instrument_id
            and measured.measured_date >= payments.value_date
    group by measured.instrument_id, measured.basis, measured.measured_date
),

unpaid as (
    select
        paid.instrument_id,
        paid.basis,
        paid.measured_date,
        paid.principal_paid_amt,
        instalments.due_date,
        instalments.due_amt,
        coalesce(instalments.principal_due_amt, 0) as principal_due_amt,
        greatest(instalments.cumulative_due_amt - greatest(
            paid.paid_amt, instalments.cumulative_due_amt - instalments.due_amt
        ), 0) as unpaid_amt
    from paid
    inner join instalments
        on paid.instrument_id = instalments.instrument_id
),

judged as (
    select
        *,
        least(unpaid_amt, principal_due_amt) as unpaid_principal_amt,
        due_date < measured_date
        and unpaid_amt > greatest(
            {{ var('dpd_tolerance_amt') }}, due_amt * cast({{ var('dpd_tolerance_share') }} as decimal(9, 8))
        ) as is_overdue
    from unpaid
),

summed as (
    select
        instrument_id,
        basis,
        measured_date,
        min(case when is_overdue then due_date end) as oldest_due_date,
        sum(case when is_overdue then unpaid_amt else 0 end) as overdue_amt,
        sum(case when is_overdue then unpaid_principal_amt else 0 end) as overdue_principal_amt,
        sum(case when due_date <= measured_date then principal_due_amt else 0 end) as principal_due_to_date_amt,
        sum(case when due_date = measured_date then unpaid_principal_amt else 0 end) as principal_due_today_amt,
        sum(case when due_date > measured_date then principal_due_amt else 0 end) as future_principal_amt,
        max(principal_paid_amt) as principal_paid_amt
    from judged
    group by instrument_id, basis, measured_date
),

as_of as (
    select * from summed
    where basis = 'as_of'
),

reported as (
    select * from summed
    where basis = 'reported'
),

on_book as (
    select
        scheduled.*,
        instruments.facility_id,
        instruments.customer_id,
        instruments.reporting_date,
        instruments.is_technical_delay,
        instruments.ifrs9_stage,
        {{ exact_ratio('instruments.accumulated_impairment_amt', 'instruments.outstanding_amt') }} as ecl_ratio,
        coalesce(
            not instruments.is_derecognised and instruments.instrument_status not in ('closed', 'written_off'), true
        ) as is_on_book
    from scheduled
    left join instruments
        on scheduled.instrument_id = instruments.instrument_id
),

counted as (
    select
        on_book.*,
        as_of.overdue_amt,
        as_of.overdue_principal_amt,
        reported.principal_due_to_date_amt - reported.principal_due_today_amt as principal_due_amt,
        reported.principal_paid_amt,
        reported.future_principal_amt + reported.principal_due_today_amt as future_principal_amt,
        case when on_book.is_on_book then as_of.oldest_due_date end as oldest_due_date,
        coalesce(
            case when on_book.is_on_book then {{ days_between('as_of.oldest_due_date', as_of_date()) }} end, 0
        ) as dpd_days,
        case
            when on_book.reporting_date is null then null
            else coalesce(
                case
                    when on_book.is_on_book
                        then {{ days_between('reported.oldest_due_date', 'on_book.reporting_date') }}
                end, 0
            )
        end as reported_dpd_days
    from on_book
    inner join as_of
        on on_book.instrument_id = as_of.instrument_id
    left join reported
        on on_book.instrument_id = reported.instrument_id
),

floored as (
    select
        *,
        {{ five_tier_floor('dpd_days', 'is_technical_delay', 'ecl_ratio', 'ifrs9_stage = 3') }} as floor_rank,
        {{ five_tier_floor('reported_dpd_days', 'is_technical_delay', 'ecl_ratio', 'ifrs9_stage = 3') }}
            as reported_floor_rank
    from counted
),

final as (
    select
        instrument_id,
        source_system,
        facility_id,
        customer_id,
        {{ as_of_date() }} as as_of_date,
        is_on_book,
        oldest_due_date,
        cast(dpd_days as integer) as dpd_days,
        cast(case when is_on_book then overdue_principal_amt else 0 end as decimal(20, 2)) as overdue_principal_amt,
        cast(case when is_on_book then overdue_amt else 0 end as decimal(20, 2)) as overdue_amt,
        cast(case when is_on_book then {{ five_tier_class('floor_rank') }} end as string) as five_tier_floor,
        reporting_date,
        cast(reported_dpd_days as integer) as reported_dpd_days,
        cast(principal_due_amt as decimal(20, 2)) as reported_principal_due_amt,
        cast(principal_paid_amt as decimal(20, 2)) as reported_principal_paid_amt,
        cast(future_principal_amt as decimal(20, 2)) as reported_future_principal_amt,
        cast(case when is_on_book then {{ five_tier_class('reported_floor_rank') }} end as string)
            as reported_five_tier_floor,
        currency,
        has_dq_flag = 1 as dq_flag
    from floored
)

select * from final
