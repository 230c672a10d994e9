{#
  Customers that the first gate of spec §1.6 excludes, with the first reason: a sanctions hit that was not cleared, or a
  confirmed fraud, while the entry stands on its list. The seed says which kind of list excludes when.
#}
with excluding_hits as (
    select
        hits.customer_id,
        lists.sort_order,
        hits.dq_flag
    from {{ ref('fct_screening_hit') }} as hits
    inner join {{ ref('screening_list') }} as lists
        on hits.list_type = lists.list_type
    where
        hits.is_current
        and (
            (lists.excludes_when = 'not_cleared' and hits.decision <> 'cleared')
            or (lists.excludes_when = 'confirmed' and hits.decision = 'confirmed')
        )
),

first_reasons as (
    select
        customer_id,
        min(sort_order) as sort_order,
        max(case when dq_flag then 1 else 0 end) as has_dq_flag
    from excluding_hits
    group by customer_id
),

final as (
    select
        first_reasons.customer_id,
        lists.exclusion_reason,
        first_reasons.has_dq_flag = 1 as dq_flag
    from first_reasons
    inner join {{ ref('screening_list') }} as lists
        on first_reasons.sort_order = lists.sort_order
)

select * from final
