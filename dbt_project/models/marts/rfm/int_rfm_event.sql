{#
  Events that may count for R, F or M up to as_of_date: netted of reversals by `reversal_of_event_id` before any
  aggregation (spec §1.1), classified by the seed, never a rollover. An amount whose date nobody knows says nothing.
#}
with events as (
    select * from {{ ref('fct_credit_event') }}
    where event_date <= {{ as_of_date() }}
),

reversals as (
    select reversal_of_event_id
    from events
    where reversal_of_event_id is not null
    group by reversal_of_event_id
),

final as (
    select
        events.event_id,
        events.facility_id,
        events.customer_id,
        events.event_type,
        events.event_date,
        events.event_amt,
        events.currency,
        events.is_opening,
        types.feeds_r,
        types.feeds_f and not events.is_opening as feeds_f,
        types.feeds_m and not events.is_opening as feeds_m,
        types.m_weight
    from events
    inner join {{ ref('credit_event_type') }} as types
        on events.event_type = types.event_type
    left join reversals
        on events.event_id = reversals.reversal_of_event_id
    where
        reversals.reversal_of_event_id is null
        and types.feeds_r
        and events.date_basis <> 'unknown'
)

select * from final
