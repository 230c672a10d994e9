-- Instalments due in the last 24 months, each with what was paid on it; the latest first.
with instruments as (
    select instrument_id
    from core.dim_instrument
    where customer_id = $customer_id
),

instalments as (
    select due.*
    from core.fct_instalment as due
    inner join instruments on due.instrument_id = instruments.instrument_id
    where due.due_date > $as_of - interval 24 month and due.due_date <= $as_of
),

inputs as (
    select
        'Instalment due' as item_en,
        '应还期次' as item_zh,
        instrument_id || ' #' || instalment_no as record_id,
        due_date as record_date,
        cast(due_amt as varchar) as amount,
        currency as unit,
        null as note,
        source_system,
        batch_id,
        source_row,
        due_date,
        instrument_id,
        instalment_no,
        1 as place
    from instalments

    union all

    select
        'Paid on it' as item_en,
        '归还' as item_zh,
        paid.payment_id as record_id,
        paid.value_date as record_date,
        cast(paid.allocated_amt as varchar) as amount,
        paid.currency as unit,
        paid.days_after_due || ' days after the due date' as note,
        paid.source_system,
        paid.batch_id,
        paid.source_row,
        instalments.due_date,
        paid.instrument_id,
        paid.instalment_no,
        2 as place
    from core.fct_payment_allocation as paid
    inner join instalments
        on paid.instrument_id = instalments.instrument_id and paid.instalment_no = instalments.instalment_no
    where paid.value_date <= $as_of
)

select * exclude (due_date, instrument_id, instalment_no, place)
from inputs
order by due_date desc, instrument_id, instalment_no, place, record_date
