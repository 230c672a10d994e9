{{ config(materialized='table') }}
{#
  The statement that speaks for each customer at as_of_date, of those in force: the latest yearly one while it is not
  stale, so that interim figures never stand in for a year that is known; else the latest of any kind, brought to twelve
  months (`flow_basis`). Of several for one period end the consolidated before the single before the parent's, then the
  longer period.

  `flow_months` is the length of the flows that stand in the statement's own column of fct_statement_wide.
  `opening_date` is the end of the year before, `prior_end_date` the same day a year earlier.
#}
with candidates as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by
                case
                    when
                        period_type = 'annual'
                        and {{ as_of_date() }}
                        <= {{ plus_months('period_end_date', var('statement_stale_months', 15)) }}
                        then 1
                    else 2
                end asc,
                period_end_date desc,
                case scope when 'consolidated' then 1 when 'single' then 2 when 'parent' then 3 else 4 end,
                case period_type
                    when 'annual' then 1 when 'ttm' then 2 when 'semi' then 3 when 'quarter' then 4 else 5
                end asc,
                published_date desc nulls last,
                statement_id desc
        ) as recency
    from {{ ref('fct_statement') }}
    where is_current_version and period_end_date <= {{ as_of_date() }}
),

latest as (
    select * from candidates
    where recency = 1
),

customers as (
    select
        customer_id,
        customer_type,
        industry_code,
        industry_section,
        enterprise_size,
        is_listed
    from {{ ref('dim_customer') }}
),

own_columns as (
    select
        statement_id,
        period_end_date,
        flow_months
    from {{ ref('fct_statement_wide') }}
),

dated as (
    select
        latest.*,
        customers.customer_type,
        customers.industry_code,
        customers.industry_section,
        customers.enterprise_size,
        customers.is_listed,
        own_columns.flow_months,
        coalesce(
            {{ plus_days('latest.period_start_date', -1) }},
            {{ dbt.last_day(plus_months('latest.period_end_date', '-own_columns.flow_months'), 'month') }}
        ) as opening_date
    from latest
    left join customers
        on latest.customer_id = customers.customer_id
    left join own_columns
        on
            latest.statement_id = own_columns.statement_id
            and latest.period_end_date = own_columns.period_end_date
),

final as (
    select
        customer_id,
        source_system,
        customer_type,
        industry_code,
        industry_section,
        enterprise_size,
        is_listed,
        statement_id,
        source_reference,
        gaap,
        scope,
        period_type,
        period_start_date,
        period_end_date,
        fiscal_year,
        statement_version,
        is_audited,
        audit_opinion,
        published_date,
        currency,
        flow_months,
        opening_date,
        {{ plus_months('period_end_date', -12) }} as prior_end_date,
        -- The flows run from the start of the year, so that the year before completes them to twelve months.
        coalesce(
            {{ dbt.last_day(plus_months('period_end_date', '-flow_months'), 'month') }}
            = {{ dbt.last_day('opening_date', 'month') }},
            false
        ) as is_year_to_date,
        {{ plus_months('period_end_date', var('statement_stale_months', 15)) }} < {{ as_of_date() }} as is_stale,
        dq_flag
    from dated
)

select * from final
