{#
  The inputs of the ratios, one row a customer. Each figure comes from the chosen statement; a comparative one (opening
  balance, year before) from its comparative column, else from the latest published current statement of the same scope
  and currency that reports that month.

  Flows are brought to twelve months (spec §3.1): as reported when they are twelve already; else year to date + the last
  full year - the same months of the year before (`ttm`) when that is possible for every flow that is reported; else
  times 12 / months (`annualised`). One basis for all flows of a customer, so that no ratio mixes two.
#}
{%- set balances = {
    'BS_TA': 'total_assets', 'BS_TCA': 'current_assets', 'BS_TCL': 'current_liabilities', 'BS_TL': 'total_liabilities',
    'BS_TE': 'total_equity', 'BS_SURPLUS': 'surplus_reserve', 'BS_RETAINED': 'undistributed_profit'
} %}
{%- set flows = {
    'PL_REV': 'revenue', 'PL_COGS': 'operating_cost', 'PL_PBT': 'profit_before_tax', 'PL_INT_EXP': 'interest_expense',
    'PL_FIN': 'finance_expense'
} %}
{%- set current_amts = [] %}
{%- set trailing_years = [] %}
{%- for name in flows.values() %}
    {%- do current_amts.append('pivoted.current_' ~ name ~ '_amt') %}
    {%- do trailing_years.append(
        '(pivoted.current_' ~ name ~ '_amt is null'
        ~ ' or pivoted.prior_' ~ name ~ '_amt + pivoted.full_year_' ~ name ~ '_amt is not null)'
    ) %}
{%- endfor %}
with chosen as (
    select * from {{ ref('int_health_statement') }}
),

pool as (
    select
        chosen.customer_id,
        item_lines.item_code,
        item_lines.period_end_date,
        item_lines.period_months,
        {{ ratio_amount('item_lines.line_amt') }} as line_amt,
        item_lines.statement_id = chosen.statement_id as is_own,
        chosen.period_end_date as closing_date,
        chosen.flow_months,
        published.published_date,
        published.statement_id,
        {{ dbt.last_day('item_lines.period_end_date', 'month') }} as month_end_date,
        {{ dbt.last_day('chosen.opening_date', 'month') }} as opening_month_end_date,
        {{ dbt.last_day('chosen.prior_end_date', 'month') }} as prior_month_end_date
    from chosen
    inner join {{ ref('fct_statement') }} as published
        on
            chosen.customer_id = published.customer_id
            and chosen.scope = published.scope
            and published.is_current_version
            and chosen.period_end_date >= published.period_end_date
    inner join {{ ref('fct_statement_line') }} as item_lines
        on
            published.statement_id = item_lines.statement_id
            and chosen.currency = item_lines.currency
    where item_lines.item_code in ({{ quoted_list(balances.keys() | list + flows.keys() | list) }})
),

-- A column can serve twice: the last full year is, for yearly flows, the year before too.
columns_used as (
    select
        *,
        case
            when is_own and period_end_date = closing_date and period_months = 0 then 'closing'
            when is_own and period_end_date = closing_date and period_months = flow_months then 'current'
            when period_months = 0 and month_end_date = opening_month_end_date then 'opening'
            when period_months = flow_months and month_end_date = prior_month_end_date then 'prior'
        end as purpose
    from pool

    union all

    select
        *,
        'full_year' as purpose
    from pool
    where period_months = 12 and month_end_date = opening_month_end_date
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, item_code, purpose
            order by is_own desc, published_date desc nulls last, statement_id desc, period_end_date desc
        ) as preference
    from columns_used
    where purpose is not null
),

pivoted as (
    select
        customer_id,
        {%- for item, name in balances.items() %}
            max(case when purpose = 'closing' and item_code = '{{ item }}' then line_amt end) as {{ name }}_amt,
        {%- endfor %}
        {%- for item, name in flows.items() %}
            max(case when purpose = 'current' and item_code = '{{ item }}' then line_amt end)
                as current_{{ name }}_amt,
            max(case when purpose = 'prior' and item_code = '{{ item }}' then line_amt end) as prior_{{ name }}_amt,
            max(case when purpose = 'full_year' and item_code = '{{ item }}' then line_amt end)
                as full_year_{{ name }}_amt,
        {%- endfor %}
        max(case when purpose = 'opening' and item_code = 'BS_TA' then line_amt end) as opening_total_assets_amt
    from ranked
    where preference = 1
    group by customer_id
),

reported as (
    select
        pivoted.*,
        chosen.flow_months,
        chosen.is_year_to_date,
        coalesce({{ current_amts | join(', ') }}) is not null as has_flows,
        {{ trailing_years | join(' and ') }} as has_trailing_year
    from chosen
    inner join pivoted
        on chosen.customer_id = pivoted.customer_id
),

based as (
    select
        *,
        case
            when not has_flows then 'none'
            when flow_months = 12 then 'reported'
            when is_year_to_date and has_trailing_year then 'ttm'
            else 'annualised'
        end as flow_basis
    from reported
),

yearly as (
    select
        {%- for name in flows.values() %}
            cast(
                case flow_basis
                    when 'reported' then current_{{ name }}_amt
                    when 'ttm' then current_{{ name }}_amt + full_year_{{ name }}_amt - prior_{{ name }}_amt
                    when 'annualised' then {{ exact_ratio('12 * current_' ~ name ~ '_amt', 'flow_months') }}
                end as decimal(22, 4)
            ) as {{ name }}_amt,
        {%- endfor %}
        *
    from based
),

final as (
    select
        chosen.customer_id,
        {%- for name in balances.values() %}
            yearly.{{ name }}_amt,
        {%- endfor %}
        yearly.opening_total_assets_amt,
        coalesce(yearly.flow_basis, 'none') as flow_basis,
        {%- for name in flows.values() %}
            yearly.{{ name }}_amt,
        {%- endfor %}
        yearly.current_revenue_amt,
        yearly.prior_revenue_amt
    from chosen
    left join yearly
        on chosen.customer_id = yearly.customer_id
)

select * from final
