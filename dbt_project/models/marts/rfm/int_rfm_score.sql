{#
  Scores 1..5 of each ranked customer: by the cut points in force, which are published; by those in force at the month's end
  before, so that a re-fit can be told from behaviour (spec §11.1); and mid-ranks for exploration.
#}
with current_version as (
    select cutpoint_version
    from {{ ref('int_rfm_cutpoint_version') }}
    where cutpoint_role = 'current'
),

prior_version as (
    select cutpoint_version
    from {{ ref('int_rfm_cutpoint_version') }}
    where cutpoint_role = 'prior'
),

current_scores as (
    select banded.*
    from {{ ref('int_rfm_band') }} as banded
    inner join current_version
        on banded.cutpoint_version = current_version.cutpoint_version
),

prior_scores as (
    select banded.*
    from {{ ref('int_rfm_band') }} as banded
    inner join prior_version
        on banded.cutpoint_version = prior_version.cutpoint_version
),

final as (
    select
        current_scores.customer_id,
        current_scores.peer_level,
        current_scores.peer_key,
        current_scores.peer_count,
        current_scores.scoring_basis,
        current_scores.r_score,
        current_scores.f_score,
        current_scores.m_score,
        current_scores.fm_score,
        prior_scores.r_score as prior_r_score,
        prior_scores.fm_score as prior_fm_score,
        midranks.midrank_peer_level,
        midranks.r_midrank_score,
        midranks.f_midrank_score,
        midranks.m_midrank_score
    from current_scores
    left join prior_scores
        on current_scores.customer_id = prior_scores.customer_id
    left join {{ ref('int_rfm_midrank') }} as midranks
        on current_scores.customer_id = midranks.customer_id
)

select * from final
