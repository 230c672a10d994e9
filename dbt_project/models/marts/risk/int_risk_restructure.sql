{# Restructurings in the observation period that were not reversed (spec §1.6, gate 3), by facility and customer. #}
with reversed_events as (
    select reversal_of_event_id
    from {{ ref('fct_credit_event') }}
    where reversal_of_event_id is not null
    group by reversal_of_event_id
),

final as (
    select
        events.customer_id,
        events.facility_id
    from {{ ref('fct_credit_event') }} as events
    left join reversed_events
        on events.event_id = reversed_events.reversal_of_event_id
    where
        events.event_type = 'restructure'
        and events.event_date <= {{ as_of_date() }}
        and events.event_date > {{ plus_months(as_of_date(), -var('observation_months')) }}
        and reversed_events.reversal_of_event_id is null
    group by events.customer_id, events.facility_id
)

select * from final
