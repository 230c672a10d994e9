{{ config(materialized='table') }}
{#
  Mid-rank quintiles among today's peers (spec §1.3), for exploration: they move when others move. The group is the
  narrowest with at least `peer_group_minimum` customers; where even the portfolio has fewer there are none (§1.5). A null
  measure has a null score and does not count in the group. A customer without a group of its own is ranked
  among everybody in the broader one, so scores are computed for all members of each group that anybody is ranked in.
#}
{% set measures = {'r': ('r_days', 'desc'), 'f': ('f_count', 'asc'), 'm': ('m_value_amt', 'asc')} %}
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
        {%- for name, (measure, direction) in measures.items() %}
            rank() over (
                partition by peers.peer_level, peers.peer_key
                order by peers.{{ measure }} {{ direction }} nulls last
            ) - 1 as {{ name }}_lower,
            count(*) over (
                partition by peers.peer_level, peers.peer_key
                order by peers.{{ measure }} {{ direction }} nulls last
                range between current row and current row
            ) as {{ name }}_equal,
            count(peers.{{ measure }}) over (partition by peers.peer_level, peers.peer_key)
                as {{ name }}_group,
        {%- endfor %}
        peers.*
    from peers
    inner join chosen_groups
        on
            peers.peer_level = chosen_groups.peer_level
            and peers.peer_key = chosen_groups.peer_key
),

final as (
    select
        ranked.customer_id,
        {%- for name, (measure, _) in measures.items() %}
            cast(
                case
                    when ranked.{{ measure }} is not null
                        then {{ midrank_score(name ~ '_lower', name ~ '_equal', name ~ '_group') }}
                end
                as integer
            ) as {{ name }}_midrank_score,
        {%- endfor %}
        cast(ranked.peer_level as integer) as midrank_peer_level
    from ranked
    inner join chosen_levels
        on
            ranked.customer_id = chosen_levels.customer_id
            and ranked.peer_level = chosen_levels.peer_level
)

select * from final
