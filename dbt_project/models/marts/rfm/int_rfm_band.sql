{{ config(materialized='table') }}
{#
  Scores by the cut points in force at as_of_date and at the month's end before it (spec §1.4), one row a customer and
  version: one version for both is scored once.
#}
with versions as (
    select cutpoint_version
    from {{ ref('int_rfm_cutpoint_version') }}
    where cutpoint_role in ('current', 'prior')
    group by cutpoint_version
),

final as (
    {{ banded_scores(ref('int_rfm_peer'), 'versions') }}
)

select * from final
