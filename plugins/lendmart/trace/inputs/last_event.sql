-- The latest event that feeds recency; several of one day are all shown.
with latest as (
    select max(event_date) as event_date
    from marts.int_rfm_event
    where customer_id = $customer_id
)

select
    kinds.name_en as item_en,
    kinds.name_zh as item_zh,
    events.event_id as record_id,
    events.event_date as record_date,
    cast(facts.event_amt as varchar) as amount,
    facts.currency as unit,
    null as note,
    facts.source_system,
    facts.batch_id,
    facts.source_row
from marts.int_rfm_event as events
inner join latest on events.event_date = latest.event_date
inner join core.fct_credit_event as facts on events.event_id = facts.event_id
left join seeds.credit_event_type as kinds on events.event_type = kinds.event_type
where events.customer_id = $customer_id
order by events.event_id
