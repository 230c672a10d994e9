{#
  Hits of customers on screening lists as known at the cutoff: each with its latest decision, and whether the entry stands
  on assessment day. What a hit means for the customer is the seed screening_list and the first risk gate (spec §1.6).
#}
with known as (
    select * from {{ as_known('screening_hit', ['hit_id']) }} as accepted
),

final as (
    select
        hit_id,
        customer_id,
        source_system,
        list_type,
        list_name,
        hit_date,
        decision,
        decision_date,
        valid_to_date,
        cast(
            hit_date <= {{ as_of_date() }} and coalesce(valid_to_date >= {{ as_of_date() }}, true) as boolean
        ) as is_current,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
