{#
  The statement that speaks for each customer at as_of_date, of those in force: the latest yearly one while it is not
  stale, so that interim figures never stand in for a year that is known; else the latest of any kind, brought to twelve
  months (`flow_basis`). Of several for one period end the consolidated before the single before the parent's, then the
  longer period.

  `flow_months` is the length of the flows that ratios read: the period to date where revenue or profit is reported for
  it, else the longest column of at most 12 months. `opening_date` is the end of the year before.
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

flow_lengths as (
    select
        latest.statement_id,
        item_lines.period_months,
        row_number() over (
            partition by latest.statement_id
            order by
                case when item_lines.period_months = latest.period_months then 1 else 2 end asc,
                item_lines.period_months desc
        ) as preference
    from latest
    inner join {{ ref('fct_statement_line') }} as item_lines
        on
            latest.statement_id = item_lines.statement_id
            and latest.period_end_date = item_lines.period_end_date
    where item_lines.item_code in ('PL_REV', 'PL_PBT', 'PL_NP') and item_lines.period_months between 1 and 12
    group by latest.statement_id, latest.period_months, item_lines.period_months
),

customers as (
    select
        customer_id,
        customer_type
    from {{ ref('dim_customer') }}
),

dated as (
    select
        latest.*,
        customers.customer_type,
        flow_lengths.period_months as flow_months,
        coalesce(
            {{ plus_days('latest.period_start_date', -1) }},
            {{ dbt.last_day(plus_months('latest.period_end_date', '-flow_lengths.period_months'), 'month') }}
        ) as opening_date
    from latest
    left join customers
        on latest.customer_id = customers.customer_id
    left join flow_lengths
        on
            latest.statement_id = flow_lengths.statement_id
            and flow_lengths.preference = 1
),

final as (
    select
        customer_id,
        source_system,
        customer_type,
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
