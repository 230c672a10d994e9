{{ config(materialized='table') }}
{# The standard values that this run scores by: the version in force at as_of_date (spec §3.6, §11.4), oriented. #}
with final as (
    {{ standards_of('current') }}
)

select * from final
