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
  The published segment of each customer: pseudonymous, one row a customer in scope and as_of_date. It holds no name, no
  identifier and no publishing time.
#}
with rfm as (
    select * from {{ ref('mart_customer_rfm') }}
    where as_of_date = {{ as_of_date() }}
),

final as (
    select
        rfm.as_of_date,
        cast({{ pseudonym('customer_id', 'rfm.customer_id') }} as string) as customer_pseudonym,
        rfm.source_system,
        rfm.customer_type,
        customers.country_code,
        rfm.product_family,
        rfm.industry_section,
        rfm.enterprise_size,
        rfm.segment_code,
        segments.segment_en,
        segments.segment_zh,
        rfm.segment_11_code,
        grid_segments.segment_en as segment_11_en,
        grid_segments.segment_zh as segment_11_zh,
        rfm.segment_8_code,
        eight_kinds.segment_8_en,
        eight_kinds.segment_8_zh,
        rfm.gate,
        rfm.maturity_flag,
        rfm.r_days,
        rfm.f_count,
        rfm.m_measure,
        rfm.m_value_amt,
        rfm.r_score,
        rfm.f_score,
        rfm.m_score,
        rfm.fm_score,
        rfm.value_score,
        rfm.rfm_value_100,
        rfm.peer_level,
        rfm.scoring_basis,
        rfm.exposure_amt,
        rfm.currency,
        health.em_score,
        health.em_zone,
        rfm.dq_flag,
        rfm.config_version,
        actions.action_code,
        actions.action_en,
        actions.action_zh,
        actions.channel as action_channel,
        actions.owner_en as action_owner_en,
        actions.owner_zh as action_owner_zh,
        actions.is_offer_blocked,
        rfm.cutpoint_version,
        health.fhs_band,
        health.fhs_standard_version
    from rfm
    inner join {{ ref('dim_customer') }} as customers
        on rfm.customer_id = customers.customer_id
    left join {{ ref('segment') }} as segments
        on rfm.segment_code = segments.segment_code
    left join {{ ref('segment') }} as grid_segments
        on rfm.segment_11_code = grid_segments.segment_code
    left join {{ ref('segment_8_map') }} as eight_kinds
        on rfm.segment_8_code = eight_kinds.segment_8_code
    left join {{ ref('int_segment_action') }} as actions
        on
            rfm.segment_code = actions.segment_code
            and (rfm.gate = 'WATCH') = actions.is_watched
    left join {{ ref('mart_financial_health') }} as health
        on
            rfm.customer_id = health.customer_id
            and rfm.as_of_date = health.as_of_date
)

select * from final
