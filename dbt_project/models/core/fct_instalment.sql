{#
  The schedule in force at the cutoff: of each instrument the instalments of the latest version known. A version states the
  whole schedule, past instalments included, so that what was due and what was paid can be compared since the first day.
  Instalments are due in the order of their dates; `cumulative_due_amt` counts up to and including each one.
#}
with known as (
    select * from {{ as_known('instalment', ['instrument_id', 'schedule_version', 'instalment_no']) }} as accepted
),

ranked as (
    select
        *,
        coalesce(principal_due_amt, 0) + coalesce(interest_due_amt, 0) + coalesce(fee_due_amt, 0) as due_amt,
        max(schedule_version) over (partition by instrument_id) as version_in_force
    from known
),

in_force as (
    select * from ranked
    where schedule_version = version_in_force
),

final as (
    select
        instrument_id,
        instalment_no,
        schedule_version,
        source_system,
        due_date,
        principal_due_amt,
        interest_due_amt,
        fee_due_amt,
        cast(due_amt as decimal(20, 2)) as due_amt,
        cast(
            sum(due_amt) over (
                partition by instrument_id
                order by due_date, instalment_no
                rows between unbounded preceding and current row
            ) as decimal(20, 2)
        ) as cumulative_due_amt,
        currency,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from in_force
)

select * from final
