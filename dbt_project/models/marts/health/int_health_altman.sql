{{ config(materialized='table') }}
{#
  Altman's models (spec §3.4; 阿尔特曼模型), one row a customer: Z (1968), Z′, Z″ and EM, and the one that fits the firm.

  X2 reads surplus reserve + undistributed profit. Without liabilities X4 counts as the cap (var altman_x4_cap). Z needs
  the market value of the equity, which no source delivers yet: a listed manufacturer is read by Z′ until one does. The
  models do not fit banks, insurers, project companies and property developers: scores without a zone, and no model.
  The EM score is published within ±99 999.9999 (`capped`): beyond it the assets or liabilities are next to nothing.
#}
{%- set x4_cap = var('altman_x4_cap', 10) %}
{%- set em_bound = '99999.9999' %}
{%- set em_distress_cut = var('altman_em_distress_cut', 4.35) %}
with inputs as (
    select
        figures.*,
        statements.is_stale,
        coalesce(statements.is_listed, false) as is_listed,
        -- Divisions of GB/T 4754 and of the US SIC.
        coalesce(
            statements.industry_section = 'C' or statements.industry_code between 'US-SIC:2000' and 'US-SIC:3999', false
        ) as is_manufacturer,
        coalesce(statements.customer_type not in ('financial', 'project_spv'), true)
        and coalesce(statements.industry_section not in ('J', 'K'), true) as is_altman_applicable
    from {{ ref('int_health_statement') }} as statements
    inner join {{ ref('int_health_input') }} as figures
        on statements.customer_id = figures.customer_id
),

statuses as (
    select
        *,
        {{ ratio_status('working_capital_amt', 'total_assets_amt', 'zero_den_bad', 'zero_den_bad') }} as x1_status,
        {{ ratio_status('retained_earnings_amt', 'total_assets_amt', 'zero_den_bad', 'zero_den_bad') }} as x2_status,
        {{ ratio_status('ebit_amt', 'total_assets_amt', 'zero_den_bad', 'zero_den_bad') }} as x3_status,
        {{ ratio_status('total_equity_amt', 'total_liabilities_amt', 'zero_den_good') }} as x4_status,
        {{ ratio_status('market_equity_amt', 'total_liabilities_amt', 'zero_den_good') }} as x4m_status,
        {{ ratio_status('revenue_amt', 'total_assets_amt', 'zero_den_bad', 'zero_den_bad') }} as x5_status
    from inputs
),

ratios as (
    select
        *,
        {{ ratio_value('x1_status', 'working_capital_amt', 'total_assets_amt') }} as x1,
        {{ ratio_value('x2_status', 'retained_earnings_amt', 'total_assets_amt') }} as x2,
        {{ ratio_value('x3_status', 'ebit_amt', 'total_assets_amt') }} as x3,
        {{ ratio_value('x4_status', 'total_equity_amt', 'total_liabilities_amt') }} as x4,
        {{ ratio_raw('x4_status', 'total_equity_amt', 'total_liabilities_amt') }} as x4_raw,
        {{ ratio_value('x4m_status', 'market_equity_amt', 'total_liabilities_amt') }} as x4m,
        {{ ratio_value('x5_status', 'revenue_amt', 'total_assets_amt') }} as x5,
        {{ altman_status(['x1_status', 'x2_status', 'x3_status'], 'x4_status') }} as z2_status,
        {{ altman_status(['x1_status', 'x2_status', 'x3_status', 'x5_status'], 'x4_status') }} as z1_status,
        {{ altman_status(['x1_status', 'x2_status', 'x3_status', 'x5_status'], 'x4m_status') }} as z_status
    from statuses
),

capped as (
    select
        *,
        case when x4_status = 'zero_den_good' then cast({{ x4_cap }} as decimal(30, 8)) else x4 end as x4_book,
        case when x4m_status = 'zero_den_good' then cast({{ x4_cap }} as decimal(30, 8)) else x4m end as x4_market
    from ratios
),

scores as (
    select
        *,
        {{ altman_score({'x1': '1.2', 'x2': '1.4', 'x3': '3.3', 'x4_market': '0.6', 'x5': '1.0'}) }} as z_score,
        {{ altman_score({'x1': '0.717', 'x2': '0.847', 'x3': '3.107', 'x4_book': '0.420', 'x5': '0.998'}) }}
            as z1_score,
        {{ altman_score({'x1': '6.56', 'x2': '3.26', 'x3': '6.72', 'x4_book': '1.05'}) }} as z2_score
    from capped
),

chosen as (
    select
        *,
        z2_score + cast(3.25 as decimal(4, 2)) as unbounded_em_score,
        case
            when not is_altman_applicable then 'none'
            when is_manufacturer and is_listed and market_equity_amt is not null then 'z'
            when is_manufacturer then 'z1'
            else 'em'
        end as altman_model
    from scores
),

bounded as (
    select
        *,
        cast(
            case
                when unbounded_em_score > {{ em_bound }} then {{ em_bound }}
                when unbounded_em_score < -{{ em_bound }} then -{{ em_bound }}
                else unbounded_em_score
            end as decimal(10, 4)
        ) as em_score,
        {{ aged_status("case when abs(unbounded_em_score) > " ~ em_bound ~ " then 'capped' else z2_status end") }}
            as em_score_status,
        {{ aged_status('z_status') }} as z_score_status,
        {{ aged_status('z1_status') }} as z1_score_status,
        {{ aged_status('z2_status') }} as z2_score_status,
        {{ altman_zone('z_score', '2.99', '1.81') }} as z_zone,
        {{ altman_zone('z1_score', '2.9', '1.23') }} as z1_zone,
        {{ altman_zone('z2_score', '2.6', '1.1') }} as z2_zone,
        {{ altman_zone('unbounded_em_score', '5.85', em_distress_cut) }} as em_zone
    from chosen
),

final as (
    select
        customer_id,
        x1 as x1_working_capital_to_assets_ratio,
        {{ aged_status('x1_status') }} as x1_working_capital_to_assets_ratio_status,
        x2 as x2_retained_to_assets_ratio,
        {{ aged_status('x2_status') }} as x2_retained_to_assets_ratio_status,
        x3 as x3_ebit_to_assets_ratio,
        {{ aged_status('x3_status') }} as x3_ebit_to_assets_ratio_status,
        x4 as x4_equity_to_liabilities_ratio,
        {{ aged_status('x4_status') }} as x4_equity_to_liabilities_ratio_status,
        x4_raw as x4_equity_to_liabilities_ratio_raw,
        x5 as x5_revenue_to_assets_ratio,
        {{ aged_status('x5_status') }} as x5_revenue_to_assets_ratio_status,
        is_altman_applicable,
        z_score,
        z_score_status,
        z_zone,
        z1_score,
        z1_score_status,
        z1_zone,
        z2_score,
        z2_score_status,
        z2_zone,
        em_score,
        em_score_status,
        em_zone,
        cast(altman_model as string) as altman_model,
        case altman_model when 'z' then z_zone when 'z1' then z1_zone when 'em' then em_zone end as altman_zone
    from bounded
)

select * from final
