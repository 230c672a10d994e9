{{ config(materialized='table') }}
{# What each indicator earned of its weight (spec §3.6), one row a firm and indicator. #}
with final as (
    {{ indicator_marks(ref('int_health_indicator'), ref('int_health_standard')) }}
)

select * from final
