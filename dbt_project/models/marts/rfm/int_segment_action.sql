{#
  What to do for the customers of each published segment, watched or not (spec §1.8). Under watch the segment's action holds
  where it is allowed there, else the service contact of WATCH; offers are blocked either way, as in the gates before it
  (spec §1.6). A watched customer that is not ranked keeps a segment of its own, such as LAPSED.
#}
with watch_states as (
    select false as is_watched
    union all
    select true as is_watched
),

segments as (
    select
        segments.segment_code,
        watch_states.is_watched,
        case
            when segments.segment_kind = 'watch' then replace(segments.segment_code, 'WATCH_', '')
            else segments.segment_code
        end as base_code
    from {{ ref('segment') }} as segments
    cross join watch_states
    where
        watch_states.is_watched
        or segments.segment_kind <> 'watch'
),

chosen as (
    select
        segments.segment_code,
        segments.is_watched,
        segments.is_watched or segments.segment_code in ('EXCLUDED', 'WORKOUT') as is_offer_blocked,
        case
            when segments.is_watched and not base.is_allowed_under_watch then 'WATCH'
            else segments.base_code
        end as action_segment_code
    from segments
    inner join {{ ref('action_map') }} as base
        on segments.base_code = base.segment_code
),

final as (
    select
        chosen.segment_code,
        chosen.is_watched,
        actions.action_code,
        actions.action_en,
        actions.action_zh,
        actions.channel,
        actions.owner_en,
        actions.owner_zh,
        chosen.is_offer_blocked
    from chosen
    inner join {{ ref('action_map') }} as actions
        on chosen.action_segment_code = actions.segment_code
)

select * from final
