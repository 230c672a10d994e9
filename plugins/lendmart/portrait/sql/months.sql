-- Outstanding and days past due at each of the last 24 month ends (the last is as_of itself): the facilities' states that were valid then, and the
-- oldest instalment that was then not paid in full (tolerance of spec §5.3). As known at the cutoff of the run.
with months as (
    select least(last_day(cast($as_of as date) - to_months(cast(step as integer))), cast($as_of as date)) as month_end
    from range(0, 24) as steps(step)
),

balances as (
    select
        months.month_end,
        sum(coalesce(states.outstanding_amt, 0)) as outstanding_amt,
        sum(
            case
                when coalesce(states.facility_status, '') not in ('closed', 'cancelled')
                    then states.commitment_amt - coalesce(states.cancelled_amt, 0)
            end
        ) as limit_amt
    from months
    inner join core.fct_facility_snapshot as states
        on
            states.reporting_date <= months.month_end
            and coalesce(states.next_reporting_date > months.month_end, true)
    inner join core.dim_facility as facilities on states.facility_id = facilities.facility_id
    where facilities.customer_id = $customer_id
    group by months.month_end
),

instalments as (
    select
        due.instrument_id,
        due.instalment_no,
        due.due_date,
        due.due_amt - greatest(cast($tolerance_amt as decimal(20, 2)), due.due_amt * cast($tolerance_share as decimal(9, 8)))
            as needed_amt,
        case
            when instruments.is_derecognised or instruments.instrument_status in ('closed', 'written_off')
                then coalesce(instruments.closed_date, instruments.reporting_date)
        end as ended_date
    from core.fct_instalment as due
    inner join core.dim_instrument as instruments on due.instrument_id = instruments.instrument_id
    where
        instruments.customer_id = $customer_id
        and due.source_system in (select source_system from core.fct_payment group by source_system)
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
    from core.fct_payment_allocation
    where instrument_id in (select instrument_id from instalments)
),

settled as (
    select
        instalments.instrument_id,
        instalments.due_date,
        instalments.ended_date,
        min(case when paid.paid_amt >= instalments.needed_amt then paid.value_date end) as paid_date
    from instalments
    left join paid
        on instalments.instrument_id = paid.instrument_id and instalments.instalment_no = paid.instalment_no
    where instalments.needed_amt > 0
    group by instalments.instrument_id, instalments.instalment_no, instalments.due_date, instalments.ended_date
),

late as (
    select
        months.month_end,
        max(
            case
                when coalesce(settled.paid_date > months.month_end, true)
                    then greatest(date_diff('day', settled.due_date, least(months.month_end, cast($as_of as date))), 0)
                else 0
            end
        ) as dpd_days
    from months
    inner join settled
        on settled.due_date < months.month_end and coalesce(settled.ended_date > months.month_end, true)
    group by months.month_end
)

select
    months.month_end,
    balances.outstanding_amt,
    balances.limit_amt,
    late.dpd_days
from months
left join balances on months.month_end = balances.month_end
left join late on months.month_end = late.month_end
order by months.month_end
