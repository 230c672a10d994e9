{#
  Each customer of the marts under the cut points that would be replaced and under the candidate (spec §11.4, impact report):
  scores and the segment that would be published.
#}
with versions as (
    select
        cutpoint_role,
        cutpoint_version
    from {{ ref('int_rfm_cutpoint_version') }}
    where cutpoint_role in ('replaced', 'candidate')
),

scores as (
    {{ banded_scores(ref('cal_peer'), 'versions') }}
),

graded as (
    select
        versions.cutpoint_role,
        scores.customer_id,
        scores.r_score,
        scores.f_score,
        scores.m_score,
        grid.segment_11_code
    from scores
    inner join versions
        on scores.cutpoint_version = versions.cutpoint_version
    left join {{ ref('segment_11_map') }} as grid
        on
            scores.r_score = grid.r_score
            and scores.fm_score = grid.fm_score
),

compared as (
    select
        customers.customer_id,
        customers.exposure_amt,
        customers.currency,
        customers.gate,
        customers.maturity_flag,
        replaced.r_score as from_r_score,
        replaced.f_score as from_f_score,
        replaced.m_score as from_m_score,
        replaced.segment_11_code as from_segment_11_code,
        candidate.r_score as to_r_score,
        candidate.f_score as to_f_score,
        candidate.m_score as to_m_score,
        candidate.segment_11_code as to_segment_11_code
    from {{ ref('cal_customer') }} as customers
    left join graded as replaced
        on customers.customer_id = replaced.customer_id and replaced.cutpoint_role = 'replaced'
    left join graded as candidate
        on customers.customer_id = candidate.customer_id and candidate.cutpoint_role = 'candidate'
),

final as (
    select
        customer_id,
        exposure_amt,
        currency,
        from_r_score,
        from_f_score,
        from_m_score,
        to_r_score,
        to_f_score,
        to_m_score,
        {{ published_segment('from_segment_11_code') }} as from_segment_code,
        {{ published_segment('to_segment_11_code') }} as to_segment_code
    from compared
)

select * from final
