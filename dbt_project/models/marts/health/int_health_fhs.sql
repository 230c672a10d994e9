{{ config(materialized='table') }}
{# The financial-health score FHS v1 (财务健康分, spec §3.6), one row a firm. #}
with final as (
    {{ health_scores(ref('int_health_score'), ref('int_health_statement'), ref('int_health_input')) }}
)

select * from final
