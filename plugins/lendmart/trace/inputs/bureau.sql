-- The bureau report that is read, and of it what the metric counts; of sources that deliver counts, the row of counts.
with reports as (
    select
        report_id,
        report_date
    from marts.int_bureau_report
    where customer_id = $customer_id and is_authorised
),

inputs as (
    select
        'Credit report' as item_en,
        '征信报告' as item_zh,
        facts.report_id as record_id,
        facts.report_date as record_date,
        '' as amount,
        cast(null as varchar) as unit,
        cast(null as varchar) as note,
        facts.source_system,
        facts.batch_id,
        facts.source_row,
        1 as place
    from reports
    inner join core.fct_bureau_report as facts on reports.report_id = facts.report_id

    union all

    select
        'Account at a lender' as item_en,
        '信贷账户' as item_zh,
        accounts.report_id || ' #' || accounts.account_no as record_id,
        coalesce(accounts.close_date, accounts.open_date) as record_date,
        case $metric
            when 'current_overdue_months' then cast(coalesce(accounts.months_overdue, 0) as varchar)
            when 'max_overdue_24m_months' then cast(coalesce(accounts.max_overdue_24m, 0) as varchar)
            when 'months_since_delinquency' then ''
            when 'bureau_guarantee_amt' then cast(coalesce(accounts.guarantee_liability_amt, 0) as varchar)
            else '1'
        end as amount,
        case $metric
            when 'bureau_guarantee_amt' then accounts.currency
            when 'current_overdue_months' then 'months'
            when 'max_overdue_24m_months' then 'months'
        end as unit,
        concat_ws(
            ', ',
            accounts.account_type,
            case when accounts.close_date <= reports.report_date then 'closed' else 'open' end,
            '24 months ' || accounts.repayment_string_24m
        ) as note,
        accounts.source_system,
        accounts.batch_id,
        accounts.source_row,
        2 as place
    from reports
    inner join core.fct_bureau_account as accounts on reports.report_id = accounts.report_id
    where
        case $metric
            when 'accounts_open_count' then coalesce(accounts.close_date > reports.report_date, true)
            when 'accounts_closed_count' then accounts.close_date <= reports.report_date
            when 'bureau_guarantee_amt' then true
            else $metric in ('current_overdue_months', 'max_overdue_24m_months', 'months_since_delinquency')
        end

    union all

    select
        'Inquiry for an approval' as item_en,
        '审批查询' as item_zh,
        inquiries.report_id || ' #' || inquiries.inquiry_no as record_id,
        inquiries.inquiry_date as record_date,
        '1' as amount,
        cast(null as varchar) as unit,
        inquiries.reason as note,
        inquiries.source_system,
        inquiries.batch_id,
        inquiries.source_row,
        3 as place
    from reports
    inner join core.fct_bureau_inquiry as inquiries on reports.report_id = inquiries.report_id
    where
        starts_with($metric, 'hard_inquiries_')
        and inquiries.is_hard
        and inquiries.inquiry_date <= reports.report_date
        and inquiries.inquiry_date
        > reports.report_date - to_months(coalesce(try_cast(regexp_extract($metric, '(\d+)m', 1) as integer), 0))

    union all

    select
        'Public record' as item_en,
        '公共记录' as item_zh,
        records.report_id || ' #' || records.record_no as record_id,
        coalesce(records.end_date, records.event_date) as record_date,
        '1' as amount,
        cast(null as varchar) as unit,
        records.record_type as note,
        records.source_system,
        records.batch_id,
        records.source_row,
        4 as place
    from reports
    inner join core.fct_bureau_public_record as records on reports.report_id = records.report_id
    where $metric = 'adverse_record_count' and not records.is_expired

    union all

    select
        'Counts of the bureau' as item_en,
        '征信汇总' as item_zh,
        customer_id as record_id,
        summary_date as record_date,
        coalesce(
            cast(
                case $metric
                    when 'accounts_open_count' then accounts_open
                    when 'accounts_closed_count' then accounts_total - accounts_open
                    when 'months_since_delinquency' then months_since_delinquency
                    when 'hard_inquiries_12m_count' then inquiries_12m
                    when 'adverse_record_count' then public_records
                end as varchar
            ),
            ''
        ) as amount,
        cast(null as varchar) as unit,
        cast(null as varchar) as note,
        source_system,
        batch_id,
        source_row,
        5 as place
    from core.fct_bureau_summary
    where
        customer_id = $customer_id
        and summary_date <= $as_of
        and not exists (from marts.int_bureau_report as any_report where any_report.customer_id = $customer_id)
)

select * exclude (place)
from inputs
order by place, record_date desc, record_id
