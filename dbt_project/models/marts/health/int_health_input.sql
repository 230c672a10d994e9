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
with statements as (
    select * from {{ ref('int_health_statement') }}
),

pool as (
    select
        statements.customer_id,
        line.item_code,
        line.period_end_date,
        line.period_months,
        line.line_amt,
        line.statement_id = statements.statement_id as is_own,
        statements.period_end_date as closing_date,
        statements.opening_date,
        statements.prior_end_date,
        statements.flow_months,
        published.published_date,
        published.statement_id
    from statements
    inner join {{ ref('fct_statement') }} as published
        on
            statements.customer_id = published.customer_id
            and statements.scope = published.scope
            and published.is_current_version
            and statements.period_end_date >= published.period_end_date
    inner join {{ ref('fct_statement_line') }} as line
        on
            published.statement_id = line.statement_id
            and statements.currency = line.currency
    where line.item_code in ({{ quoted_list(balances.keys() | list + flows.keys() | list) }})
),

labelled as (
    select
        pool.*,
        case
            when is_own and period_end_date = closing_date and period_months = 0 then 'closing'
            when is_own and period_end_date = closing_date and period_months = flow_months then 'current'
            when period_months = 0 and is_same_month_as_opening then 'opening'
            when period_months = flow_months and is_same_month_as_prior then 'prior'
        end as role,
        case when period_months = 12 and is_same_month_as_opening then 'full_year' end as yearly_role
    from (
        select
            pool.*,
            coalesce(
                {{ dbt.last_day('pool.period_end_date', 'month') }} = {{ dbt.last_day('pool.opening_date', 'month') }},
                false
            ) as is_same_month_as_opening,
            coalesce(
                {{ dbt.last_day('pool.period_end_date', 'month') }} = {{ dbt.last_day('pool.prior_end_date', 'month') }},
                false
            ) as is_same_month_as_prior
        from pool
    ) as pool
),

figures as (
    select
        customer_id,
        item_code,
        role,
        period_end_date,
        line_amt,
        is_own,
        published_date,
        statement_id
    from labelled
    where role is not null

    union all

    select
        customer_id,
        item_code,
        yearly_role as role,
        period_end_date,
        line_amt,
        is_own,
        published_date,
        statement_id
    from labelled
    where yearly_role is not null
),

ranked as (
    select
        figures.*,
        row_number() over (
            partition by customer_id, item_code, role
            order by is_own desc, published_date desc nulls last, statement_id desc, period_end_date desc
        ) as preference
    from figures
),

pivoted as (
    select
        customer_id,
        {%- for item, name in balances.items() %}
        max(case when role = 'closing' and item_code = '{{ item }}' then {{ ratio_amount('line_amt') }} end)
            as {{ name }}_amt,
        {%- endfor %}
        {%- for item, name in flows.items() %}
        max(case when role = 'current' and item_code = '{{ item }}' then {{ ratio_amount('line_amt') }} end)
            as current_{{ name }}_amt,
        max(case when role = 'prior' and item_code = '{{ item }}' then {{ ratio_amount('line_amt') }} end)
            as prior_{{ name }}_amt,
        max(case when role = 'full_year' and item_code = '{{ item }}' then {{ ratio_amount('line_amt') }} end)
            as full_year_{{ name }}_amt,
        {%- endfor %}
        max(case when role = 'opening' and item_code = 'BS_TA' then {{ ratio_amount('line_amt') }} end)
            as opening_total_assets_amt
    from ranked
    where preference = 1
    group by customer_id
),

based as (
    select
        pivoted.*,
        statements.flow_months,
        case
            when
                coalesce(
                    {%- for name in flows.values() %}
                    current_{{ name }}_amt{{ "," if not loop.last }}
                    {%- endfor %}
                ) is null
                then 'none'
            when statements.flow_months = 12 then 'reported'
            when
                statements.is_year_to_date
                {%- for name in flows.values() %}
                and (
                    current_{{ name }}_amt is null
                    or (prior_{{ name }}_amt is not null and full_year_{{ name }}_amt is not null)
                )
                {%- endfor %}
                then 'ttm'
            else 'annualised'
        end as flow_basis
    from statements
    inner join pivoted
        on statements.customer_id = pivoted.customer_id
),

yearly as (
    select
        based.*,
        {%- for name in flows.values() %}
        cast(
            case flow_basis
                when 'reported' then current_{{ name }}_amt
                when 'ttm' then current_{{ name }}_amt + full_year_{{ name }}_amt - prior_{{ name }}_amt
                when 'annualised' then {{ exact_ratio('12 * current_' ~ name ~ '_amt', 'flow_months') }}
            end as decimal(22, 4)
        ) as {{ name }}_amt{{ "," if not loop.last }}
        {%- endfor %}
    from based
),

final as (
    select
        statements.customer_id,
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
    from statements
    left join yearly
        on statements.customer_id = yearly.customer_id
)

select * from final
