{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_partition() }}',
        on_schema_change='fail'
    )
}}
{#
  Financial health of each customer's latest statement known: the ratios of spec §3.2 with their statuses (§3.1), Altman's
  scores (§3.4), the DuPont decomposition and why ROE moved (§3.5), and the financial-health score (§3.6). Which statements and periods the
  figures come from stands beside them; the steps are the int_health models.
#}
{%- set ratios = financial_ratios() %}
with final as (
    select
        {{ as_of_date() }} as as_of_date,
        statements.customer_id,
        statements.source_system,
        statements.customer_type,
        statements.statement_id,
        statements.source_reference,
        statements.gaap,
        statements.scope,
        statements.period_type,
        statements.period_start_date,
        statements.period_end_date,
        statements.fiscal_year,
        statements.statement_version,
        statements.is_audited,
        statements.published_date,
        cast({{ days_between('statements.period_end_date', as_of_date()) }} as integer) as statement_age_days,
        statements.is_stale,
        statements.currency,
        cast(statements.flow_months as integer) as flow_months,
        figures.flow_basis,
        figures.flow_basis = 'annualised' as annualised,
        figures.is_avg_degraded as avg_degraded,
        figures.is_interest_proxy as interest_proxy,
        {%- for amount in [
            'total_assets_amt', 'opening_total_assets_amt', 'current_assets_amt', 'current_liabilities_amt',
            'total_liabilities_amt', 'total_equity_amt', 'retained_earnings_amt', 'revenue_amt', 'operating_cost_amt',
            'profit_before_tax_amt', 'interest_expense_amt', 'ebit_amt'
        ] %}
            cast(figures.{{ amount }} as decimal(20, 2)) as {{ amount }},
        {%- endfor %}
        {%- for name in ['l1_current_ratio', 'g1_debt_to_assets_ratio', 'c1_interest_cover_ratio',
            'p1_gross_margin_ratio', 'p4_return_on_assets_ratio', 'w1_revenue_growth_ratio'] %}
            ratios.{{ name }},
            ratios.{{ name }}_status,
            {%- if ratios[name].raw %}
                ratios.{{ name }}_raw,
            {%- endif %}
        {%- endfor %}
        ratios.w1_revenue_growth_direction,
        altman.x1_working_capital_to_assets_ratio,
        altman.x1_working_capital_to_assets_ratio_status,
        altman.x2_retained_to_assets_ratio,
        altman.x2_retained_to_assets_ratio_status,
        altman.x3_ebit_to_assets_ratio,
        altman.x3_ebit_to_assets_ratio_status,
        altman.x4_equity_to_liabilities_ratio,
        altman.x4_equity_to_liabilities_ratio_status,
        altman.x4_equity_to_liabilities_ratio_raw,
        altman.is_altman_applicable,
        altman.z2_score,
        altman.z2_score_status,
        altman.z2_zone,
        altman.em_score,
        altman.em_score_status,
        altman.em_zone,
        statements.dq_flag,
        cast('{{ var("config_version") }}' as string) as config_version,
        statements.audit_opinion,
        statements.industry_section,
        statements.enterprise_size,
        figures.opening_statement_id,
        figures.opening_column_date,
        figures.prior_statement_id,
        figures.prior_column_date,
        figures.full_year_statement_id,
        figures.full_year_column_date,
        {%- for amount in [
            'opening_total_equity_amt', 'cash_amt', 'debt_amt', 'net_debt_amt', 'perpetuals_amt', 'net_profit_amt',
            'ebitda_amt', 'operating_cash_flow_amt'
        ] %}
            cast(figures.{{ amount }} as decimal(20, 2)) as {{ amount }},
        {%- endfor %}
        cast(figures.free_cash_flow_amt as decimal(20, 2)) as k2_free_cash_flow_amt,
        {%- for name, ratio in ratios.items() %}
            {%- if name not in ['l1_current_ratio', 'g1_debt_to_assets_ratio', 'c1_interest_cover_ratio',
                'p1_gross_margin_ratio', 'p4_return_on_assets_ratio', 'w1_revenue_growth_ratio'] %}
                ratios.{{ name }},
                ratios.{{ name }}_status,
                {%- if ratio.raw %}
                    ratios.{{ name }}_raw,
                {%- endif %}
            {%- endif %}
        {%- endfor %}
        ratios.e5_cash_conversion_days,
        ratios.e5_cash_conversion_days_status,
        ratios.w2_net_profit_growth_direction,
        ratios.dupont_status,
        ratios.dupont_net_margin_ratio,
        ratios.dupont_asset_turnover_ratio,
        ratios.dupont_equity_multiplier_ratio,
        ratios.dupont_tax_burden_ratio,
        ratios.dupont_interest_burden_ratio,
        ratios.dupont_ebit_margin_ratio,
        altman.x5_revenue_to_assets_ratio,
        altman.x5_revenue_to_assets_ratio_status,
        altman.z_score,
        altman.z_score_status,
        altman.z_zone,
        altman.z1_score,
        altman.z1_score_status,
        altman.z1_zone,
        altman.altman_model,
        altman.altman_zone,
        scores.fhs_score,
        coalesce(scores.fhs_status, 'not_applicable') as fhs_status,
        scores.fhs_band,
        scores.fhs_confidence,
        scores.fhs_plain_score,
        coalesce(scores.is_unaudited_discount, false) as fhs_unaudited,
        scores.fhs_cap,
        scores.fhs_missing_weight_pct,
        {%- for block in health_blocks() %}
            scores.fhs_{{ block }}_points,
        {%- endfor %}
        scores.fhs_reason_1_code,
        scores.fhs_reason_2_code,
        scores.fhs_reason_3_code,
        scores.fhs_standard_version,
        scores.fhs_standard_source,
        {%- for purpose in ['prior_closing', 'prior_opening', 'prior_full_year', 'prior_prior'] %}
            changes.{{ purpose }}_statement_id,
            changes.{{ purpose }}_column_date,
        {%- endfor %}
        changes.roe_prior_ratio,
        changes.roe_prior_ratio_status,
        changes.roe_change_pp,
        changes.roe_change_pp_status,
        changes.roe_attribution_status,
        {%- for factor in ['net_margin', 'asset_turnover', 'equity_multiplier'] %}
            changes.roe_prior_{{ factor }}_ratio,
            changes.roe_{{ factor }}_ln,
            changes.roe_{{ factor }}_pp,
        {%- endfor %}
        changes.roe_change_ln
    from {{ ref('int_health_statement') }} as statements
    inner join {{ ref('int_health_input') }} as figures
        on statements.customer_id = figures.customer_id
    inner join {{ ref('int_health_ratio') }} as ratios
        on statements.customer_id = ratios.customer_id
    inner join {{ ref('int_health_altman') }} as altman
        on statements.customer_id = altman.customer_id
    inner join {{ ref('int_health_roe') }} as changes
        on statements.customer_id = changes.customer_id
    left join {{ ref('int_health_fhs') }} as scores
        on statements.customer_id = scores.customer_id
)

select * from final
