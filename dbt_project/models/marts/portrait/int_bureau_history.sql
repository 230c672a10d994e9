{#
  Credit history of each customer at the bureau (征信), as of the day of its report: counts of accounts, months overdue
  now and at most in 24 months (read from the repayment strings), months since the last overdue month, approvals asked
  for in 3, 6 and 12 months, adverse public records, and guarantees for others.

  What ended five years ago at as_of_date is left out: public records by their end, overdue months by their month, and
  of a summary of counts whatever may be that old (spec §2(e)). Sources that deliver counts instead of reports
  (fct_bureau_summary) have the figures they count.
#}
{%- set expiry_months = 60 %}
with reports as (
    select
        *,
        {{ expiry_months }} - report_gap_months as kept_months
    from {{ ref('int_bureau_report') }}
),

accounts as (
    select
        reports.customer_id,
        case when bureau_accounts.close_date <= reports.report_date then 1 else 0 end as is_closed,
        coalesce(bureau_accounts.months_overdue, 0) as months_overdue,
        bureau_accounts.guarantee_liability_amt,
        bureau_accounts.max_overdue_24m,
        bureau_accounts.repayment_string_24m,
        reports.report_gap_months,
        case
            when reports.kept_months <= 0 then ''
            when length(bureau_accounts.repayment_string_24m) > reports.kept_months
                then
                    substring(
                        bureau_accounts.repayment_string_24m,
                        length(bureau_accounts.repayment_string_24m) - reports.kept_months + 1,
                        reports.kept_months
                    )
            else bureau_accounts.repayment_string_24m
        end as kept_signs
    from reports
    inner join {{ ref('fct_bureau_account') }} as bureau_accounts
        on reports.report_id = bureau_accounts.report_id
    where reports.is_authorised
),

account_facts as (
    select
        customer_id,
        count(*) as account_count,
        sum(1 - is_closed) as open_count,
        sum(is_closed) as closed_count,
        max(
            case
                when report_gap_months >= {{ expiry_months }} then null
                when is_closed = 0 then months_overdue
                else 0
            end
        ) as current_overdue_months,
        max(
            case
                when repayment_string_24m is not null then {{ most_months_overdue('kept_signs') }}
                when report_gap_months <= {{ expiry_months - 24 }} then max_overdue_24m
            end
        ) as max_overdue_24m_months,
        min({{ months_since_overdue('kept_signs') }}) as months_since_delinquency,
        cast(sum(coalesce(guarantee_liability_amt, 0)) as decimal(20, 2)) as guarantee_liability_amt
    from accounts
    group by customer_id
),

inquiry_facts as (
    select
        {%- for months in [3, 6, 12] %}
            sum(
                case when inquiries.inquiry_date > {{ plus_months('reports.report_date', -months) }} then 1 else 0 end
            ) as hard_inquiries_{{ months }}m,
        {%- endfor %}
        reports.customer_id
    from reports
    inner join {{ ref('fct_bureau_inquiry') }} as inquiries
        on reports.report_id = inquiries.report_id
    where reports.is_authorised and inquiries.is_hard and inquiries.inquiry_date <= reports.report_date
    group by reports.customer_id
),

record_facts as (
    select
        reports.customer_id,
        count(*) as adverse_record_count
    from reports
    inner join {{ ref('fct_bureau_public_record') }} as public_records
        on reports.report_id = public_records.report_id
    where reports.is_authorised and not public_records.is_expired
    group by reports.customer_id
),

summaries as (
    select
        *,
        {{ calendar_months('summary_date', as_of_date()) }} as report_gap_months,
        row_number() over (partition by customer_id order by summary_date desc) as recency
    from {{ ref('fct_bureau_summary') }}
    where summary_date <= {{ as_of_date() }}
),

histories as (
    select
        reports.customer_id,
        'report' as bureau_basis,
        reports.report_date,
        reports.report_gap_months,
        reports.is_authorised,
        coalesce(account_facts.open_count, 0) as accounts_open_count,
        coalesce(account_facts.closed_count, 0) as accounts_closed_count,
        coalesce(account_facts.account_count, 0) > 0 as has_accounts,
        account_facts.current_overdue_months,
        account_facts.max_overdue_24m_months,
        account_facts.months_since_delinquency,
        coalesce(inquiry_facts.hard_inquiries_3m, 0) as hard_inquiries_3m_count,
        coalesce(inquiry_facts.hard_inquiries_6m, 0) as hard_inquiries_6m_count,
        coalesce(inquiry_facts.hard_inquiries_12m, 0) as hard_inquiries_12m_count,
        coalesce(record_facts.adverse_record_count, 0) as adverse_record_count,
        coalesce(account_facts.guarantee_liability_amt, cast(0 as decimal(20, 2))) as guarantee_liability_amt,
        cast(null as decimal(9, 4)) as reported_dti_pct
    from reports
    left join account_facts
        on reports.customer_id = account_facts.customer_id
    left join inquiry_facts
        on reports.customer_id = inquiry_facts.customer_id
    left join record_facts
        on reports.customer_id = record_facts.customer_id

    union all

    select
        summaries.customer_id,
        'summary' as bureau_basis,
        summaries.summary_date as report_date,
        summaries.report_gap_months,
        true as is_authorised,
        summaries.accounts_open as accounts_open_count,
        summaries.accounts_total - summaries.accounts_open as accounts_closed_count,
        coalesce(summaries.accounts_total > 0, false) as has_accounts,
        null as current_overdue_months,
        null as max_overdue_24m_months,
        case
            when summaries.months_since_delinquency + summaries.report_gap_months < {{ expiry_months }}
                then summaries.months_since_delinquency
        end as months_since_delinquency,
        null as hard_inquiries_3m_count,
        null as hard_inquiries_6m_count,
        summaries.inquiries_12m as hard_inquiries_12m_count,
        case
            when summaries.public_records = 0 and coalesce(summaries.tax_liens, 0) = 0 then 0
        end as adverse_record_count,
        cast(null as decimal(20, 2)) as guarantee_liability_amt,
        summaries.debt_to_income_pct as reported_dti_pct
    from summaries
    left join reports
        on summaries.customer_id = reports.customer_id
    where summaries.recency = 1 and reports.customer_id is null
),

stated as (
    select
        *,
        case when report_gap_months > {{ var('bureau_stale_months') }} then 'stale' else 'ok' end as good_status
    from histories
),

final as (
    select
        customer_id,
        cast(bureau_basis as string) as bureau_basis,
        case when is_authorised then report_date end as bureau_report_date,
        cast(case when is_authorised then good_status else 'not_authorised' end as string) as bureau_status,
        {%- for figure in bureau_figures() %}
            cast(case when is_authorised then {{ figure }} end as integer) as {{ figure }},
            cast(
                case
                    when not is_authorised then 'not_authorised'
                    when {{ figure }} is not null then good_status
                    {%- if figure == 'months_since_delinquency' %}
                        when has_accounts then 'none_on_record'
                    {%- endif %}
                    {%- if figure in ['current_overdue_months', 'max_overdue_24m_months', 'months_since_delinquency'] %}
                        when not has_accounts then 'no_accounts'
                    {%- endif %}
                    {%- if figure == 'adverse_record_count' %}
                        when bureau_basis = 'summary' then 'end_unknown'
                    {%- endif %}
                    when bureau_basis = 'summary' then 'not_reported'
                    else 'missing_input'
                end as string
            ) as {{ figure }}_status,
        {%- endfor %}
        case when is_authorised then guarantee_liability_amt end as guarantee_liability_amt,
        case when is_authorised then reported_dti_pct end as reported_dti_pct
    from stated
)

select * from final
