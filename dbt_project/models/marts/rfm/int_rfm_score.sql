{#
  Scores 1..5 of each customer among its chosen peers: mid-rank quintiles (spec §1.3), or expert cut points where even
  the portfolio is too small (§1.5). A null measure has a null score and does not count in the group.
#}
with measures as (
    select
        peers.customer_id,
        peers.peer_level,
        peers.peer_key,
        peers.peer_count,
        peers.is_chosen,
        peers.scoring_basis,
        measured.r_days,
        measured.f_count,
        measured.m_value_amt
    from {{ ref('int_rfm_peer') }} as peers
    inner join {{ ref('int_rfm_measure') }} as measured
        on peers.customer_id = measured.customer_id
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
    from measures
),

cutpoints as (
    select
        max(case when measure = 'r_days' then q20 end) as r20,
        max(case when measure = 'r_days' then q40 end) as r40,
        max(case when measure = 'r_days' then q60 end) as r60,
        max(case when measure = 'r_days' then q80 end) as r80,
        max(case when measure = 'f_count' then q20 end) as f20,
        max(case when measure = 'f_count' then q40 end) as f40,
        max(case when measure = 'f_count' then q60 end) as f60,
        max(case when measure = 'f_count' then q80 end) as f80,
        max(case when measure = 'm_value' then q20 end) as m20,
        max(case when measure = 'm_value' then q40 end) as m40,
        max(case when measure = 'm_value' then q60 end) as m60,
        max(case when measure = 'm_value' then q80 end) as m80
    from {{ ref('rfm_expert_cutpoint') }}
),

scored as (
    select
        ranked.customer_id,
        ranked.peer_level,
        ranked.peer_key,
        ranked.peer_count,
        ranked.scoring_basis,
        case
            when ranked.r_days is null then null
            when ranked.scoring_basis = 'midrank'
                then {{ midrank_score('ranked.r_lower', 'ranked.r_equal', 'ranked.r_group') }}
            else {{ band_score('ranked.r_days', 'cutpoints.r', '<') }}
        end as r_score,
        case
            when ranked.f_count is null then null
            when ranked.scoring_basis = 'midrank'
                then {{ midrank_score('ranked.f_lower', 'ranked.f_equal', 'ranked.f_group') }}
            else {{ band_score('ranked.f_count', 'cutpoints.f', '>') }}
        end as f_score,
        case
            when ranked.m_value_amt is null then null
            when ranked.scoring_basis = 'midrank'
                then {{ midrank_score('ranked.m_lower', 'ranked.m_equal', 'ranked.m_group') }}
            else {{ band_score('ranked.m_value_amt', 'cutpoints.m', '>') }}
        end as m_score
    from ranked
    cross join cutpoints
    where ranked.is_chosen
),

final as (
    select
        customer_id,
        peer_level,
        peer_key,
        peer_count,
        scoring_basis,
        cast(r_score as integer) as r_score,
        cast(f_score as integer) as f_score,
        cast(m_score as integer) as m_score,
        -- floor((F + M + 1) / 2) without a division that engines round differently
        cast(floor((f_score + m_score + 1) * 0.5) as integer) as fm_score
    from scored
)

select * from final
