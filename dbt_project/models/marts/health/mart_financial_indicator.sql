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
  How each firm's financial-health score came about (财务健康分明细): one row an indicator, with its value, the standard
  values of its peers and what it earned of its weight (spec §3.6).
#}
with final as (
    select
        {{ as_of_date() }} as as_of_date,
        customer_id,
        ratio_id,
        block,
        weight as weight_pct,
        ratio_value,
        ratio_status,
        direction,
        score_status,
        coefficient,
        cast(weight * coefficient as decimal(12, 8)) as earned_points,
        s90,
        s70,
        s50,
        s30,
        s10,
        peer_level,
        peer_key,
        peer_count,
        standard_version,
        standard_source,
        cast('{{ var("config_version") }}' as string) as config_version
    from {{ ref('int_health_score') }}
)

select * from final
