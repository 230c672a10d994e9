-- What the person's debts cost in the coming twelve months: instalments here, open accounts of the bureau report elsewhere;
-- of sources that deliver their own ratio, that. The principal of a bullet loan is no cost of a month.
with instruments as (
    select
        instrument_id,
        amortisation_type
    from core.dim_instrument
    where customer_id = $customer_id and not is_derecognised and outstanding_amt > 0
),

inputs as (
    select
        'Instalment to come' as item_en,
        '未来应还期次' as item_zh,
        due.instrument_id || ' #' || due.instalment_no as record_id,
        due.due_date as record_date,
        cast(
            coalesce(due.interest_due_amt, 0) + coalesce(due.fee_due_amt, 0)
            + case
                when coalesce(instruments.amortisation_type = 'bullet', false) then 0
                else coalesce(due.principal_due_amt, 0)
            end as varchar
        ) as amount,
        due.currency as unit,
        case when instruments.amortisation_type = 'bullet' then 'without the principal of a bullet loan' end as note,
        due.source_system,
        due.batch_id,
        due.source_row,
        1 as place
    from instruments
    inner join core.fct_instalment as due on instruments.instrument_id = due.instrument_id
    where due.due_date > $as_of and due.due_date <= cast($as_of as date) + interval 12 month

    union all

    select
        'Account at another lender' as item_en,
        '他行账户' as item_zh,
        accounts.report_id || ' #' || accounts.account_no as record_id,
        reports.report_date as record_date,
        cast(
            case services.basis
                when 'credit_limit' then coalesce(accounts.credit_limit_amt, accounts.balance_amt)
                else accounts.balance_amt
            end as varchar
        ) as amount,
        accounts.currency as unit,
        accounts.account_type || ', ' || services.monthly_share || ' of it a month (seed bureau_debt_service)' as note,
        accounts.source_system,
        accounts.batch_id,
        accounts.source_row,
        2 as place
    from marts.int_bureau_report as reports
    inner join core.fct_bureau_account as accounts on reports.report_id = accounts.report_id
    left join seeds.bureau_debt_service as services on accounts.account_type = services.account_type
    where
        reports.customer_id = $customer_id
        and reports.is_authorised
        and accounts.own_facility_id is null
        and accounts.account_type <> 'guarantee'
        and coalesce(accounts.close_date > reports.report_date, true)
        and accounts.balance_amt > 0

    union all

    select
        'Ratio that the source reports' as item_en,
        '来源报告的负债收入比' as item_zh,
        customer_id as record_id,
        summary_date as record_date,
        cast(debt_to_income_pct as varchar) as amount,
        '%' as unit,
        cast(null as varchar) as note,
        source_system,
        batch_id,
        source_row,
        3 as place
    from core.fct_bureau_summary
    where
        customer_id = $customer_id
        and summary_date <= $as_of
        and debt_to_income_pct is not null
        and not exists (from marts.int_bureau_report as any_report where any_report.customer_id = $customer_id)
)

select * exclude (place)
from inputs
order by place, record_date, record_id
