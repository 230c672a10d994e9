{#
  Mid-rank quintiles among today's peers (spec §1.3), for exploration: they move when others move. The group is the
  narrowest with at least `peer_group_minimum` customers; where even the portfolio has fewer there are none (§1.5). A null
  measure has a null score and does not count in the group. Scores are computed for all four levels and the chosen one
  is kept, so that a customer without a group of its own is ranked among everybody in the broader one.
#}
with counted as (
    select
        *,
        count(*) over (partition by peer_level, peer_key) as peer_count
    from {{ ref('int_rfm_peer') }}
),

chosen_levels as (
    select
        customer_id,
        min(peer_level) as peer_level
    from counted
    where peer_count >= {{ var('peer_group_minimum') }}
    group by customer_id
),

ranked as (
    select
        *,
        rank() over (partition by peer_level, peer_key order by r_days desc nulls last) - 1 as r_lower,
        count(*) over (partition by peer_level, peer_key, r_days) as r_equal,
        count(r_days) over (partition by peer_level, peer_key) as r_group,
        rank() over (partition by peer_level, peer_key order by f_count asc nulls last) - 1 as f_lower,
        count(*) over (partition by peer_level, peer_key, f_count) as f_equal,
        count(f_count) over (partition by peer_level, peer_key) as f_group,
        rank() over (partition by peer_level, peer_key order by m_value_amt asc nulls last) - 1 as m_lower,
        count(*) over (partition by peer_level, peer_key, m_value_amt) as m_equal,
        count(m_value_amt) over (partition by peer_level, peer_key) as m_group
    from counted
),

final as (
    select
        ranked.customer_id,
        cast(ranked.peer_level as integer) as midrank_peer_level,
        cast(
            case
                when ranked.r_days is not null
                    then {{ midrank_score('ranked.r_lower', 'ranked.r_equal', 'ranked.r_group') }}
            end
            as integer
        ) as r_midrank_score,
        cast(
            case
                when ranked.f_count is not null
                    then {{ midrank_score('ranked.f_lower', 'ranked.f_equal', 'ranked.f_group') }}
            end
            as integer
        ) as f_midrank_score,
        cast(
            case
                when ranked.m_value_amt is not null
                    then {{ midrank_score('ranked.m_lower', 'ranked.m_equal', 'ranked.m_group') }}
            end
            as integer
        ) as m_midrank_score
    from ranked
    inner join chosen_levels
        on
            ranked.customer_id = chosen_levels.customer_id
            and ranked.peer_level = chosen_levels.peer_level
)

select * from final
