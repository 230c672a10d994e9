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
  Portrait of each enterprise (企业画像, spec §4): who it is, its size, its position in its industry, its financial
  health, and what this bank, its group, its guarantors and the credit bureau make of it. Every customer that is no
  person has a row; every figure has its status.

  The portrait index weighs scale, position and health, and stands only where all three are known; what is missing is
  named in `portrait_index_missing`.
#}
{%- set weights = var('portrait_index_weight') %}
with enterprises as (
    select * from {{ ref('dim_customer') }}
    where customer_type not in ('personal', 'sole_trader')
),

health as (
    select
        customer_id,
        statement_id,
        period_end_date,
        fiscal_year,
        flow_basis,
        is_stale,
        currency,
        revenue_amt,
        total_assets_amt,
        fhs_score as fhs,
        fhs_band,
        fhs_confidence,
        fhs_standard_version,
        fhs_status,
        dq_flag
    from {{ ref('mart_financial_health') }}
    where as_of_date = {{ as_of_date() }}
),

risks as (
    select
        customer_id,
        max_dpd_days,
        five_tier_assessed,
        gate
    from {{ ref('mart_risk_status') }}
    where as_of_date = {{ as_of_date() }}
),

assembled as (
    select
        enterprises.*,
        sizes.enterprise_size as official_size,
        sizes.enterprise_size_status,
        sizes.size_confidence,
        sizes.size_version,
        sizes.size_row,
        sizes.x_tier,
        sizes.y_tier,
        sizes.z_tier,
        sizes.scale_score,
        health.statement_id,
        health.period_end_date as statement_period_end_date,
        health.fiscal_year,
        health.flow_basis,
        health.currency as statement_currency,
        health.revenue_amt,
        health.total_assets_amt,
        case when health.is_stale then 'stale' else 'ok' end as statement_status,
        {%- for measure in var('position_weight') %}
            positions.{{ measure }}_pctl,
            coalesce(positions.{{ measure }}_pctl_status, 'missing_input') as {{ measure }}_pctl_status,
            positions.{{ measure }}_peer_group,
            positions.{{ measure }}_peer_count,
        {%- endfor %}
        positions.position_score,
        coalesce(positions.position_score_status, 'missing_input') as position_score_status,
        positions.portfolio_share,
        coalesce(positions.portfolio_share_status, 'missing_input') as portfolio_share_status,
        positions.industry_customer_count,
        positions.hhi_portfolio,
        coalesce(positions.hhi_portfolio_status, 'missing_input') as hhi_portfolio_status,
        positions.market_share_est,
        coalesce(positions.market_share_est_status, 'missing_input') as market_share_est_status,
        health.fhs,
        coalesce(health.fhs_status, 'no_statement') as fhs_status,
        health.fhs_band,
        health.fhs_confidence,
        health.fhs_standard_version,
        exposures.facility_count,
        exposures.currency as exposure_currency,
        case
            when exposures.customer_id is null then 'no_facility' when exposures.is_unpriced then 'missing_fx'
            else 'ok'
        end as exposure_status,
        exposures.outstanding_amt,
        exposures.exposure_amt,
        exposures.limit_amt,
        memberships.group_id as portrait_group_id,
        memberships.group_basis,
        memberships.ultimate_controller_id,
        memberships.control_status,
        group_exposures.group_member_count,
        case
            when memberships.group_id is null then 'no_group'
            when group_exposures.is_unpriced then 'missing_fx'
            else 'ok'
        end as group_exposure_status,
        group_exposures.group_exposure_amt,
        group_exposures.group_limit_amt,
        group_exposures.group_largest_member_id,
        group_exposures.group_largest_exposure_amt,
        guarantees.guarantee_given_amt,
        guarantees.guarantee_given_status,
        guarantees.guarantee_received_amt,
        guarantees.guarantee_received_status,
        guarantees.guarantor_count,
        histories.bureau_report_date,
        coalesce(histories.bureau_status, 'no_report') as bureau_status,
        {%- for figure in bureau_figures() %}
            histories.{{ figure }},
            coalesce(histories.{{ figure }}_status, 'no_report') as {{ figure }}_status,
        {%- endfor %}
        histories.guarantee_liability_amt as bureau_guarantee_amt,
        case
            when histories.guarantee_liability_amt is not null then histories.bureau_status
            when histories.bureau_status = 'not_authorised' then 'not_authorised'
            when histories.customer_id is null then 'no_report'
            else 'not_reported'
        end as bureau_guarantee_status,
        risks.max_dpd_days,
        risks.five_tier_assessed,
        risks.gate,
        enterprises.dq_flag or coalesce(health.dq_flag, false) as has_dq_flag
    from enterprises
    left join {{ ref('int_enterprise_size') }} as sizes
        on enterprises.customer_id = sizes.customer_id
    left join health
        on enterprises.customer_id = health.customer_id
    left join {{ ref('int_industry_position') }} as positions
        on enterprises.customer_id = positions.customer_id
    left join {{ ref('int_customer_exposure') }} as exposures
        on enterprises.customer_id = exposures.customer_id
    left join {{ ref('int_enterprise_group') }} as memberships
        on enterprises.customer_id = memberships.customer_id
    left join {{ ref('int_group_exposure') }} as group_exposures
        on memberships.group_id = group_exposures.group_id
    left join {{ ref('int_enterprise_guarantee') }} as guarantees
        on enterprises.customer_id = guarantees.customer_id
    left join {{ ref('int_bureau_history') }} as histories
        on enterprises.customer_id = histories.customer_id
    left join risks
        on enterprises.customer_id = risks.customer_id
),

indexed as (
    select
        *,
        cast(
            scale_score * cast({{ weights['scale'] }} as decimal(5, 4))
            + position_score * cast({{ weights['position'] }} as decimal(5, 4))
            + fhs * cast({{ weights['fhs'] }} as decimal(5, 4))
            as decimal(7, 4)
        ) as portrait_index,
        case when scale_score is null then ',scale' else '' end
        || case when position_score is null then ',position' else '' end
        || case when fhs is null then ',fhs' else '' end as missing_parts
    from assembled
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        customer_id,
        source_system,
        customer_type,
        legal_name,
        uscc,
        country_code,
        region_code,
        industry_code,
        industry_section,
        ownership_type,
        is_listed,
        registration_date,
        relationship_start_date,
        employees,
        cast(official_size as string) as enterprise_size,
        cast(enterprise_size_status as string) as enterprise_size_status,
        size_confidence,
        enterprise_size as enterprise_size_source,
        size_version,
        size_row,
        x_tier,
        y_tier,
        z_tier,
        statement_id,
        statement_period_end_date,
        fiscal_year,
        flow_basis,
        statement_currency,
        revenue_amt,
        cast(case when revenue_amt is not null then statement_status else 'missing_input' end as string)
            as revenue_status,
        total_assets_amt,
        cast(case when total_assets_amt is not null then statement_status else 'missing_input' end as string)
            as total_assets_status,
        {%- for measure in var('position_weight') %}
            {{ measure }}_pctl,
            cast({{ measure }}_pctl_status as string) as {{ measure }}_pctl_status,
            {{ measure }}_peer_group,
            {{ measure }}_peer_count,
        {%- endfor %}
        position_score,
        cast(position_score_status as string) as position_score_status,
        portfolio_share,
        cast(portfolio_share_status as string) as portfolio_share_status,
        industry_customer_count,
        hhi_portfolio,
        cast(hhi_portfolio_status as string) as hhi_portfolio_status,
        market_share_est,
        cast(market_share_est_status as string) as market_share_est_status,
        fhs,
        cast(fhs_status as string) as fhs_status,
        fhs_band,
        fhs_confidence,
        fhs_standard_version,
        cast(scale_score as integer) as scale_score,
        portrait_index,
        cast(
            case when missing_parts <> '' then 'missing_input' when fhs_status = 'stale' then 'stale' else 'ok' end
            as string
        ) as portrait_index_status,
        cast(case when missing_parts <> '' then substring(missing_parts, 2) end as string) as portrait_index_missing,
        cast(coalesce(facility_count, 0) as integer) as facility_count,
        exposure_currency,
        cast(exposure_status as string) as exposure_status,
        cast(case when exposure_status = 'ok' then outstanding_amt end as decimal(20, 2)) as outstanding_amt,
        cast(case when exposure_status = 'ok' then exposure_amt end as decimal(20, 2)) as exposure_amt,
        cast(case when exposure_status = 'ok' then limit_amt end as decimal(20, 2)) as limit_amt,
        cast(
            case
                when exposure_status = 'ok' and limit_amt > 0 then {{ exact_ratio('outstanding_amt', 'limit_amt') }}
            end as decimal(20, 8)
        ) as utilisation_ratio,
        cast(
            case
                when exposure_status <> 'ok' then exposure_status
                when limit_amt is null then 'missing_input'
                when limit_amt = 0 then 'zero_den_good'
                when limit_amt < 0 then 'neg_den'
                else 'ok'
            end as string
        ) as utilisation_ratio_status,
        portrait_group_id as group_id,
        group_basis,
        ultimate_controller_id,
        control_status,
        group_member_count,
        cast(group_exposure_status as string) as group_exposure_status,
        cast(case when group_exposure_status = 'ok' then group_exposure_amt end as decimal(20, 2))
            as group_exposure_amt,
        cast(case when group_exposure_status = 'ok' then group_limit_amt end as decimal(20, 2)) as group_limit_amt,
        cast(case when group_exposure_status = 'ok' then group_largest_member_id end as string)
            as group_largest_member_id,
        cast(case when group_exposure_status = 'ok' then group_largest_exposure_amt end as decimal(20, 2))
            as group_largest_exposure_amt,
        guarantee_given_amt,
        guarantee_given_status,
        guarantee_received_amt,
        guarantee_received_status,
        guarantor_count,
        bureau_report_date,
        cast(bureau_status as string) as bureau_status,
        {%- for figure in bureau_figures() %}
            {{ figure }},
            cast({{ figure }}_status as string) as {{ figure }}_status,
        {%- endfor %}
        bureau_guarantee_amt,
        cast(bureau_guarantee_status as string) as bureau_guarantee_status,
        legal_proceedings_status,
        legal_proceedings_date,
        max_dpd_days,
        five_tier_assessed,
        gate,
        has_dq_flag as dq_flag,
        cast('{{ var("config_version") }}' as string) as config_version
    from indexed
)

select * from final
