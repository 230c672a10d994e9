{{ config(materialized='table') }}
{#
  The ratios of spec §3.2 with their statuses (财务指标), one row a customer, and the DuPont decomposition (§3.5). A number
  stands only where the status is ok or stale; a ratio with a negative denominator keeps what it would be in `_raw`.
  Formulas and special cases: macro financial_ratios.
#}
{%- set ratios = financial_ratios() %}
{%- set factors = {
    'net_margin': 'p3_net_margin_ratio', 'asset_turnover': 'e1_asset_turnover_ratio',
    'equity_multiplier': 'equity_multiplier', 'tax_burden': 'tax_burden', 'interest_burden': 'interest_burden',
    'ebit_margin': 'ebit_margin'
} %}
with inputs as (
    select
        statements.industry_section,
        statements.is_stale,
        figures.*
    from {{ ref('int_health_statement') }} as statements
    inner join {{ ref('int_health_input') }} as figures
        on statements.customer_id = figures.customer_id
),

statuses as (
    select
        *,
        {%- for name, ratio in ratios.items() %}
            {{ ratio.status }} as {{ name }}_status,
        {%- endfor %}
        case
            when
                net_profit_amt is null
                or profit_before_tax_amt is null
                or ebit_amt is null
                or revenue_amt is null
                or double_avg_assets_amt is null
                or double_avg_equity_amt is null
                then 'missing_input'
            when total_equity_amt <= 0 or double_avg_equity_amt <= 0 then 'neg_den'
            when profit_before_tax_amt <= 0 or ebit_amt <= 0 then 'not_applicable'
            when revenue_amt <= 0 or double_avg_assets_amt <= 0 then 'zero_den_bad'
            else 'ok'
        end as dupont_status
    from inputs
),

cycles as (
    select
        *,
        case
            when
                'missing_input' in (e2_receivable_days_status, e3_inventory_days_status, e4_payable_days_status)
                then 'missing_input'
            when
                'zero_den_bad' in (e2_receivable_days_status, e3_inventory_days_status, e4_payable_days_status)
                then 'zero_den_bad'
            when
                'neg_den' in (e2_receivable_days_status, e3_inventory_days_status, e4_payable_days_status)
                then 'neg_den'
            else 'ok'
        end as e5_cash_conversion_days_status
    from statuses
),

ratios as (
    select
        *,
        {%- for name, ratio in ratios.items() %}
            {{ exact_ratio(ratio.numerator, ratio.denominator) }} as {{ name }}_quotient,
        {%- endfor %}
        {{ exact_ratio('net_profit_amt', 'profit_before_tax_amt') }} as tax_burden_quotient,
        {{ exact_ratio('profit_before_tax_amt', 'ebit_amt') }} as interest_burden_quotient,
        {{ exact_ratio('ebit_amt', 'revenue_amt') }} as ebit_margin_quotient,
        {{ exact_ratio('double_avg_assets_amt', 'double_avg_equity_amt') }} as equity_multiplier_quotient
    from cycles
),

final as (
    select
        customer_id,
        {%- for name, ratio in ratios.items() %}
            case when {{ name }}_status = 'ok' then {{ name }}_quotient end as {{ name }},
            {{ aged_status(name ~ '_status') }} as {{ name }}_status,
            {%- if ratio.raw %}
                case when {{ name }}_status = 'neg_den' then {{ name }}_quotient end as {{ name }}_raw,
            {%- endif %}
        {%- endfor %}
        cast(
            case
                when e5_cash_conversion_days_status = 'ok'
                    then
                        e2_receivable_days_quotient
                        + case when e3_inventory_days_status = 'ok' then e3_inventory_days_quotient else 0 end
                        - e4_payable_days_quotient
            end as decimal(30, 8)
        ) as e5_cash_conversion_days,
        {{ aged_status('e5_cash_conversion_days_status') }} as e5_cash_conversion_days_status,
        {{ growth_direction('w1_revenue_growth_ratio_status', 'current_revenue_amt', 'prior_revenue_amt') }}
            as w1_revenue_growth_direction,
        {{ growth_direction('w2_net_profit_growth_ratio_status', 'current_net_profit_amt', 'prior_net_profit_amt') }}
            as w2_net_profit_growth_direction,
        {%- for factor, quotient in factors.items() %}
            case when dupont_status = 'ok' then {{ quotient }}_quotient end as dupont_{{ factor }}_ratio,
        {%- endfor %}
        {{ aged_status('dupont_status') }} as dupont_status
    from ratios
)

select * from final
