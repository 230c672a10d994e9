{#
  Whom each ranked customer may be compared with (spec §1.5), with the measures that are compared: one row a customer and
  level. Which level counts is for the cut points in force to say (int_rfm_band), in exploration for the size of
  the group (int_rfm_midrank). Project finance with milestones is a family of its own, with measures of its own (spec §1.9).
#}
with ranked_customers as (
    select
        population.customer_id,
        measured.peer_family as product_family,
        population.industry_section,
        population.enterprise_size,
        measured.m_measure,
        measured.r_value as r_days,
        measured.f_value as f_count,
        measured.m_value as m_value_amt
    from {{ ref('int_rfm_customer') }} as population
    inner join {{ ref('int_rfm_measure') }} as measured
        on population.customer_id = measured.customer_id
    where population.is_ranked
),

final as (
    {{ peer_ladder('ranked_customers') }}
)

select * from final
