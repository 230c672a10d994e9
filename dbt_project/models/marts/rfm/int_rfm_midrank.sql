{#
  Mid-rank quintiles among today's peers (spec §1.3), for exploration: they move when others move. The group is the
  narrowest with at least `peer_group_minimum` customers; where even the portfolio has fewer there are none (§1.5). A null
  measure has a null score and does not count in the group. A customer without a group of its own is ranked
  among everybody in the broader one, so scores are computed for all members of each group that anybody is ranked in.
#}
with peers as (
    select * from {{ ref('int_rfm_peer') }}
),

large_groups as (
    select
        peer_level,
        peer_key
    from peers
    group by peer_level, peer_key
    having count(*) >= {{ var('peer_group_minimum') }}
),

chosen_levels as (
    select
        peers.customer_id,
        min(peers.peer_level) as peer_level
    from peers
    inner join large_groups
        on
            peers.peer_level = large_groups.peer_level
            and peers.peer_key = large_groups.peer_key
    group by peers.customer_id
),

chosen_groups as (
    select
        peers.peer_level,
        peers.peer_key
    from peers
    inner join chosen_levels
        on
            peers.customer_id = chosen_levels.customer_id
            and peers.peer_level = chosen_levels.peer_level
    group by peers.peer_level, peers.peer_key
),

ranked as (
    select
        peers.*,
        rank() over (
            partition by peers.peer_level, peers.peer_key
            order by peers.r_days desc nulls last
        ) - 1 as r_lower,
        count(*) over (
            partition by peers.peer_level, peers.peer_key
            order by peers.r_days desc nulls last
            range between current row and current row
        ) as r_equal,
        count(peers.r_days) over (partition by peers.peer_level, peers.peer_key) as r_group,
        rank() over (
            partition by peers.peer_level, peers.peer_key
            order by peers.f_count asc nulls last
        ) - 1 as f_lower,
        count(*) over (
            partition by peers.peer_level, peers.peer_key
            order by peers.f_count asc nulls last
            range between current row and current row
        ) as f_equal,
        count(peers.f_count) over (partition by peers.peer_level, peers.peer_key) as f_group,
        rank() over (
            partition by peers.peer_level, peers.peer_key
            order by peers.m_value_amt asc nulls last
        ) - 1 as m_lower,
        count(*) over (
            partition by peers.peer_level, peers.peer_key
            order by peers.m_value_amt asc nulls last
            range between current row and current row
        ) as m_equal,
        count(peers.m_value_amt) over (partition by peers.peer_level, peers.peer_key) as m_group
    from peers
    inner join chosen_groups
        on
            peers.peer_level = chosen_groups.peer_level
            and peers.peer_key = chosen_groups.peer_key
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
