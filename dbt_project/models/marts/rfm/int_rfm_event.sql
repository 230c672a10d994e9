{#
  Events that may count for R, F or M up to as_of_date: netted of reversals by `reversal_of_event_id` before any
  aggregation (spec §1.1), classified by the seed, never a rollover. An amount whose date nobody knows says nothing.
  Amounts are in the base currency, at the rate of the day of the event (spec §1.9).
#}
with events as (
    select * from {{ ref('fct_credit_event') }}
    where event_date <= {{ as_of_date() }}
),

final as (
    select
        events.event_id,
        events.facility_id,
        events.customer_id,
        events.event_type,
        events.event_date,
        events.event_base_amt as event_amt,
        events.is_opening,
        event_kinds.feeds_r,
        event_kinds.feeds_f and not events.is_opening as feeds_f,
        event_kinds.feeds_m and not events.is_opening as feeds_m,
        event_kinds.m_weight
    from events
    inner join {{ ref('credit_event_type') }} as event_kinds
        on events.event_type = event_kinds.event_type
    left join {{ ref('int_reversed_event') }} as reversed
        on events.event_id = reversed.event_id
    where
        reversed.event_id is null
        and event_kinds.feeds_r
        and events.date_basis <> 'unknown'
)

select * from final
