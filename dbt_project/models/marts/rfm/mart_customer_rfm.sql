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
  One row a customer in scope and as_of_date: measures, scores, both segment maps, and the segment that is published
  after the risk gates and the maturity rules (spec §1.5, §1.6).
#}
with assembled as (
    select
        population.*,
        measured.window_start_date,
        measured.r_days,
        measured.f_count,
        measured.f_active_months,
        measured.m_volume_cum_amt,
        measured.m_volume_avg_amt,
        measured.m_balance_avg_amt,
        measured.m_measure,
        measured.m_value_amt,
        measured.rfm_basis,
        measured.r_value,
        measured.f_value,
        measured.m_value,
        measured.pf_r_days,
        measured.pf_r_basis,
        measured.pf_f_ratio,
        measured.pf_m_share,
        scores.peer_key,
        scores.peer_level,
        scores.peer_count,
        scores.scoring_basis,
        scores.r_score,
        scores.f_score,
        scores.m_score,
        scores.fm_score,
        scores.prior_r_score,
        scores.prior_fm_score,
        scores.midrank_peer_level,
        scores.r_midrank_score,
        scores.f_midrank_score,
        scores.m_midrank_score,
        current_version.cutpoint_version,
        prior_version.cutpoint_version as prior_cutpoint_version,
        repayments.p_ontime_24m,
        repayments.p_max_dpd_24m,
        repayments.p_score,
        revenues.m_revenue_amt,
        revenues.m_revenue_status,
        weights.r_weight * scores.r_score + weights.f_weight * scores.f_score + weights.m_weight * scores.m_score
            as value_score,
        repayment_weights.r_weight * scores.r_score
        + repayment_weights.f_weight * scores.f_score
        + repayment_weights.m_weight * scores.m_score
        + repayment_weights.p_weight * repayments.p_score as value_with_p_score
    from {{ ref('int_rfm_customer') }} as population
    inner join {{ ref('int_rfm_measure') }} as measured
        on population.customer_id = measured.customer_id
    left join {{ ref('int_rfm_score') }} as scores
        on population.customer_id = scores.customer_id
    left join {{ ref('int_rfm_repayment') }} as repayments
        on population.customer_id = repayments.customer_id
    left join {{ ref('int_rfm_revenue') }} as revenues
        on population.customer_id = revenues.customer_id
    left join {{ ref('rfm_weight') }} as weights
        on weights.weight_set = 'default'
    left join {{ ref('rfm_weight') }} as repayment_weights
        on repayment_weights.weight_set = 'with_repayment'
    left join {{ ref('int_rfm_cutpoint_version') }} as current_version
        on current_version.cutpoint_role = 'current'
    left join {{ ref('int_rfm_cutpoint_version') }} as prior_version
        on prior_version.cutpoint_role = 'prior'
),

mapped as (
    select
        assembled.*,
        grid.segment_11_code,
        prior_grid.segment_11_code as prior_segment_11_code,
        eight_kinds.segment_8_code
    from assembled
    left join {{ ref('segment_11_map') }} as grid
        on
            assembled.r_score = grid.r_score
            and assembled.fm_score = grid.fm_score
    left join {{ ref('segment_11_map') }} as prior_grid
        on
            assembled.prior_r_score = prior_grid.r_score
            and assembled.prior_fm_score = prior_grid.fm_score
    left join {{ ref('segment_8_map') }} as eight_kinds
        on
            (assembled.r_score >= {{ var('segment_high_cut') }}) = eight_kinds.is_r_high
            and (assembled.f_score >= {{ var('segment_high_cut') }}) = eight_kinds.is_f_high
            and (assembled.m_score >= {{ var('segment_high_cut') }}) = eight_kinds.is_m_high
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        customer_id,
        source_system,
        customer_type,
        product_family,
        industry_section,
        enterprise_size,
        cast(facility_count as integer) as facility_count,
        exposure_amt,
        outstanding_amt,
        currency,
        window_start_date,
        first_event_date,
        last_event_date,
        cast(eligible_event_count as integer) as eligible_event_count,
        cast(l_tenure_days as integer) as l_tenure_days,
        cast(r_days as integer) as r_days,
        cast(f_count as integer) as f_count,
        cast(f_active_months as integer) as f_active_months,
        m_volume_cum_amt,
        m_volume_avg_amt,
        m_balance_avg_amt,
        m_measure,
        m_value_amt,
        peer_key,
        cast(peer_level as integer) as peer_level,
        cast(peer_count as integer) as peer_count,
        scoring_basis,
        r_score,
        f_score,
        m_score,
        fm_score,
        cast(value_score as decimal(7, 4)) as value_score,
        cast((value_score - 1) * 25 as decimal(7, 2)) as rfm_value_100,
        segment_11_code,
        segment_8_code,
        gate,
        maturity_flag,
        {{ published_segment('segment_11_code') }} as segment_code,
        dq_flag,
        cast('{{ var("config_version") }}' as string) as config_version,
        p_ontime_24m,
        p_max_dpd_24m,
        p_score,
        cast(coalesce(value_with_p_score, value_score) as decimal(7, 4)) as value_with_p_score,
        r_midrank_score,
        f_midrank_score,
        m_midrank_score,
        midrank_peer_level,
        cast(cutpoint_version as string) as cutpoint_version,
        cast(prior_cutpoint_version as string) as prior_cutpoint_version,
        {{ published_segment('prior_segment_11_code') }} as segment_code_prior_cutpoints,
        m_revenue_amt,
        m_revenue_status,
        rfm_basis,
        r_value,
        f_value,
        m_value,
        pf_r_days,
        pf_r_basis,
        pf_f_ratio,
        cast(
            case
                when rfm_basis <> 'project_finance' then 'not_reported'
                when pf_f_ratio is null then 'missing_input'
                else 'ok'
            end as string
        ) as pf_f_ratio_status,
        pf_m_share,
        cast(
            case
                when rfm_basis <> 'project_finance' then 'not_reported'
                when pf_m_share is null then 'missing_input'
                else 'ok'
            end as string
        ) as pf_m_share_status
    from mapped
)

select * from final
