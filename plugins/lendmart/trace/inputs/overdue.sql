-- Of each instrument on the book: its oldest unpaid instalment, else the last that fell due, what was paid on it, and the
-- source's own days past due where no schedule is delivered. The longest overdue first.
with instruments as (
    select
        instruments.instrument_id,
        instruments.source_dpd_days,
        instruments.reporting_date,
        instruments.source_system,
        instruments.batch_id,
        instruments.source_row,
        dpd.dpd_days,
        dpd.oldest_due_date
    from core.dim_instrument as instruments
    left join core.fct_instrument_dpd as dpd on instruments.instrument_id = dpd.instrument_id
    where
        instruments.customer_id = $customer_id
        and not instruments.is_derecognised
        and coalesce(instruments.instrument_status, 'active') <> 'closed'
),

last_due as (
    select
        instrument_id,
        max(due_date) as due_date
    from core.fct_instalment
    where due_date <= $as_of and instrument_id in (select instrument_id from instruments)
    group by instrument_id
),

judged as (
    select
        instruments.*,
        coalesce(instruments.oldest_due_date, last_due.due_date) as due_date
    from instruments
    left join last_due on instruments.instrument_id = last_due.instrument_id
),

inputs as (
    select
        'Instalment due' as item_en,
        '应还期次' as item_zh,
        judged.instrument_id || ' #' || instalments.instalment_no as record_id,
        instalments.due_date as record_date,
        cast(instalments.due_amt as varchar) as amount,
        instalments.currency as unit,
        judged.dpd_days || ' days past due' as note,
        instalments.source_system,
        instalments.batch_id,
        instalments.source_row,
        judged.dpd_days as days,
        1 as place
    from judged
    inner join core.fct_instalment as instalments
        on judged.instrument_id = instalments.instrument_id and judged.due_date = instalments.due_date

    union all

    select
        'Paid on it' as item_en,
        '归还' as item_zh,
        paid.payment_id as record_id,
        paid.value_date as record_date,
        cast(paid.allocated_amt as varchar) as amount,
        paid.currency as unit,
        'on ' || judged.instrument_id || ' #' || paid.instalment_no as note,
        paid.source_system,
        paid.batch_id,
        paid.source_row,
        judged.dpd_days as days,
        2 as place
    from judged
    inner join core.fct_payment_allocation as paid
        on
            judged.instrument_id = paid.instrument_id
            and judged.due_date = paid.due_date
            and paid.value_date <= $as_of

    union all

    select
        'Days past due that the source reports' as item_en,
        '来源报告的逾期天数' as item_zh,
        instrument_id as record_id,
        reporting_date as record_date,
        cast(source_dpd_days as varchar) as amount,
        'days' as unit,
        case when dpd_days is not null then 'compared only: instalments and payments are known' end as note,
        source_system,
        batch_id,
        source_row,
        coalesce(dpd_days, source_dpd_days) as days,
        3 as place
    from judged
    where source_dpd_days is not null
)

select * exclude (days, place)
from inputs
order by days desc nulls last, split_part(record_id, ' #', 1), place, record_date
