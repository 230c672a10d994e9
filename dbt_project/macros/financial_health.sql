{# What the models of financial health share (spec §3). #}

{# The flows that ratios read, as columns of fct_statement_wide without their `_amt`. #}
{% macro health_flows() %}
    {{ return([
        'pl_rev', 'pl_cogs', 'pl_tax_sur', 'pl_sell', 'pl_admin', 'pl_fin', 'pl_int_exp', 'pl_op', 'pl_pbt', 'pl_tax',
        'pl_np', 'cf_cfo', 'cf_capex', 'sup_dep', 'sup_amort'
    ]) }}
{% endmacro %}

{#
  A flow of twelve months by the basis of the customer's flows (spec §3.1): of its own months, of the full year before and
  of the same months of that year.
#}
{% macro yearly_flow(flow, full_year, prior) -%}
    cast(
        case flow_basis
            when 'reported' then {{ flow }}
            when 'ttm' then {{ flow }} + {{ full_year }} - {{ prior }}
            when 'annualised' then {{ exact_ratio('12 * ' ~ flow, 'flow_months') }}
        end as decimal(22, 4)
    )
{%- endmacro %}

{# A line, or 0 where a closed format left it out of a sheet that has its total. #}
{% macro where_closed(total, line) -%}
    coalesce({{ line }}, case when is_closed and {{ total }} is not null then 0 end)
{%- endmacro %}

{# Opening + closing, or twice the closing balance where the opening one is missing. #}
{% macro double_average(closing, opening) -%}
    {{ closing }} + coalesce({{ opening }}, {{ closing }})
{%- endmacro %}

{#
  The ratios of spec §3.2 by the name of their column: numerator, denominator and status. Columns of amounts are those of
  int_health_input. The status is that of `ratio_status` with what a denominator of 0 and below means, or a case of its
  own where the catalogue has one. `raw`: the status can be neg_den, and what the ratio would be is kept beside it.
#}
{% macro financial_ratios() %}
{%- set goods_sections = "('A', 'B', 'C', 'D', 'E', 'F')" -%}
{%- set is_service = 'coalesce(industry_section not in ' ~ goods_sections ~ ', false)' -%}
{%- set no_inventory = is_service ~ ' and coalesce(double_avg_inventories_amt, 0) = 0' -%}
{%- set bad = 'zero_den_bad' -%}
{%- set good = 'zero_den_good' -%}
{{ return({
    'l1_current_ratio': ratio_of('current_assets_amt', 'current_liabilities_amt', good),
    'l2_quick_ratio': ratio_of('quick_assets_amt', 'current_liabilities_amt', good),
    'l3_cash_ratio': ratio_of('liquid_assets_amt', 'current_liabilities_amt', good),
    'l4_cash_to_short_debt_ratio': ratio_of('cash_amt', 'short_obligations_amt', good),
    'g1_debt_to_assets_ratio': ratio_of('total_liabilities_amt', 'total_assets_amt', bad, bad),
    'g1a_adjusted_debt_to_assets_ratio': ratio_of(
        'total_liabilities_amt + perpetuals_amt', 'total_assets_amt', bad, bad
    ),
    'g2_debt_to_equity_ratio': ratio_of('total_liabilities_amt', 'total_equity_amt', 'neg_den'),
    'g3_net_debt_to_ebitda_ratio': ratio_of(
        'net_debt_amt', 'ebitda_amt', none, 'neg_den',
        "case when net_debt_amt is null or ebitda_amt is null then 'missing_input' when ebitda_amt > 0 then 'ok' "
        ~ "when net_debt_amt <= 0 then 'zero_den_good' else 'neg_den' end"
    ),
    'g4_interest_bearing_debt_ratio': ratio_of('debt_amt', 'total_liabilities_amt', good),
    'g5_short_debt_share_ratio': ratio_of('short_debt_amt', 'debt_amt', good),
    'c1_interest_cover_ratio': ratio_of('ebit_amt', 'interest_expense_amt', none, none, cover_status('ebit_amt')),
    'c2_ebitda_cover_ratio': ratio_of('ebitda_amt', 'interest_expense_amt', none, none, cover_status('ebitda_amt')),
    'c3_debt_service_cover_ratio': ratio_of('debt_service_cash_amt', 'debt_service_due_amt', good, good),
    'c4_cash_flow_to_debt_ratio': ratio_of('operating_cash_flow_amt', 'debt_amt', good),
    'c5_cash_flow_to_current_liabilities_ratio': ratio_of(
        'operating_cash_flow_amt', 'current_liabilities_amt', good
    ),
    'p1_gross_margin_ratio': ratio_of('gross_profit_amt', 'revenue_amt', bad),
    'p2_operating_margin_ratio': ratio_of('operating_profit_amt', 'revenue_amt', bad),
    'p3_net_margin_ratio': ratio_of('net_profit_amt', 'revenue_amt', bad),
    'p4_return_on_assets_ratio': ratio_of('2 * ebit_amt', 'double_avg_assets_amt', bad, bad),
    'p5_return_on_equity_ratio': ratio_of('2 * net_profit_amt', 'double_avg_equity_amt', 'neg_den'),
    'p6_profit_to_cost_ratio': ratio_of('profit_before_tax_amt', 'costs_amt', bad),
    'e1_asset_turnover_ratio': ratio_of('2 * revenue_amt', 'double_avg_assets_amt', bad, bad),
    'e2_receivables_turnover_ratio': ratio_of('2 * revenue_amt', 'double_avg_receivables_amt', good),
    'e2_receivable_days': ratio_of('365 * double_avg_receivables_amt', '2 * revenue_amt', bad),
    'e3_inventory_turnover_ratio': ratio_of(
        '2 * operating_cost_amt', 'double_avg_inventories_amt', none, 'neg_den',
        'case when ' ~ no_inventory ~ " then 'not_applicable' else "
        ~ ratio_status('operating_cost_amt', 'double_avg_inventories_amt', good) ~ ' end'
    ),
    'e3_inventory_days': ratio_of(
        '365 * double_avg_inventories_amt', '2 * operating_cost_amt', none, 'neg_den',
        'case when ' ~ no_inventory ~ " then 'not_applicable' else "
        ~ ratio_status('double_avg_inventories_amt', 'operating_cost_amt', bad) ~ ' end'
    ),
    'e4_payable_days': ratio_of('365 * double_avg_payables_amt', '2 * operating_cost_amt', bad),
    'w1_revenue_growth_ratio': ratio_of('revenue_change_amt', 'prior_revenue_amt', 'neg_base', 'neg_base'),
    'w2_net_profit_growth_ratio': ratio_of('net_profit_change_amt', 'prior_net_profit_amt', 'neg_base', 'neg_base'),
    'w3_capital_preservation_ratio': ratio_of('preserved_equity_amt', 'opening_total_equity_amt', 'neg_den'),
    'w4_asset_growth_ratio': ratio_of(
        'total_assets_amt - opening_total_assets_amt', 'opening_total_assets_amt', bad, bad
    ),
    'k1_earnings_quality_ratio': ratio_of(
        'operating_cash_flow_amt', 'net_profit_amt', 'not_applicable', 'not_applicable'
    ),
    'k2_free_cash_flow_ratio': ratio_of('free_cash_flow_amt', 'revenue_amt', bad),
    'k3_cash_recovery_ratio': ratio_of('2 * operating_cash_flow_amt', 'double_avg_assets_amt', bad, bad)
}) }}
{% endmacro %}

{% macro ratio_of(numerator, denominator, zero, negative='neg_den', status=none) %}
    {{ return({
        'numerator': numerator,
        'denominator': denominator,
        'status': status or ratio_status(numerator, denominator, zero, negative),
        'raw': negative == 'neg_den'
    }) }}
{% endmacro %}

{# Interest cover: no interest is favourable only where something is earned. #}
{% macro cover_status(earnings) -%}
    case
        when {{ earnings }} is null or interest_expense_amt is null then 'missing_input'
        when interest_expense_amt > 0 then 'ok'
        when {{ earnings }} > 0 then 'zero_den_good'
        else 'zero_den_bad'
    end
{%- endmacro %}

{# Which way a figure moved from a base that is not positive (spec §3.1). #}
{% macro growth_direction(status, current_amount, prior_amount) -%}
    cast(
        case
            when {{ status }} <> 'neg_base' then null
            when {{ current_amount }} > 0 then 'turned_profit'
            when {{ current_amount }} < {{ prior_amount }} then 'wider_loss'
            else 'narrower_loss'
        end as string
    )
{%- endmacro %}

{# Status of one of Altman's scores from those of its inputs; X4 alone may have nothing to divide by. #}
{% macro altman_status(asset_ratios, equity_ratio) -%}
    case
        when 'missing_input' in ({{ (asset_ratios + [equity_ratio]) | join(', ') }}) then 'missing_input'
        when 'zero_den_bad' in ({{ asset_ratios | join(', ') }}) then 'zero_den_bad'
        when {{ equity_ratio }} = 'neg_den' then 'neg_den'
        else 'ok'
    end
{%- endmacro %}

{# The weighted sum of ratios, in decimals: column → coefficient. #}
{% macro altman_score(coefficients) -%}
    cast(
        {%- for ratio, coefficient in coefficients.items() %}
            {{ "+ " if not loop.first }}cast({{ coefficient }} as decimal(4, 3)) * {{ ratio }}
        {%- endfor %}
        as decimal(30, 8)
    )
{%- endmacro %}

{# Ratios of the seed financial_ratio that have a weight: id → column. A test holds the two together. #}
{% macro scored_ratios() %}
    {{ return({
        'P4': 'p4_return_on_assets_ratio', 'P5': 'p5_return_on_equity_ratio', 'E1': 'e1_asset_turnover_ratio',
        'E2': 'e2_receivables_turnover_ratio', 'G1': 'g1_debt_to_assets_ratio', 'G3': 'g3_net_debt_to_ebitda_ratio',
        'C1': 'c1_interest_cover_ratio', 'C4': 'c4_cash_flow_to_debt_ratio', 'K3': 'k3_cash_recovery_ratio',
        'L2': 'l2_quick_ratio', 'L4': 'l4_cash_to_short_debt_ratio', 'W1': 'w1_revenue_growth_ratio',
        'W3': 'w3_capital_preservation_ratio'
    }) }}
{% endmacro %}

{# A column of the standards of the narrowest peer group that has them. #}
{% macro narrowest_peer(column) -%}
    case
        when of_size.s50 is not null then of_size.{{ column }}
        when of_section.s50 is not null then of_section.{{ column }}
        else of_all.{{ column }}
    end
{%- endmacro %}

{# Blocks of the seed financial_block. #}
{% macro health_blocks() %}
    {{ return(['profitability', 'asset_quality', 'leverage', 'coverage', 'liquidity', 'growth']) }}
{% endmacro %}
