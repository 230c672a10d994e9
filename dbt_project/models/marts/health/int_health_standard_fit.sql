{{ config(materialized='table') }}
{#
  What standard values (标准值) fitted on the firms of this very date would be (spec §3.6); read only where a portfolio has
  none in force yet.
#}
with final as (
    {{ fitted_standards(ref('int_health_indicator')) }}
)

select * from final
