{{ config(materialized='table') }}
{# Events up to as_of_date that a standing reversal of the same customer takes back (spec §1.1). #}
with events as (
    select * from {{ ref('fct_credit_event') }}
    where event_date <= {{ as_of_date() }}
),

final as (
    select
        events.event_id,
        events.customer_id
    from events
    inner join {{ reversed_rows('events', 'event_id', 'reversal_of_event_id', 'customer_id') }} as reversed
        on
            events.event_id = reversed.reversed_id
            and events.customer_id = reversed.owner_id
)

select * from final
