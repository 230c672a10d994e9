-- Uses of credit in the window of frequency and volume, the latest first.
select
    kinds.name_en as item_en,
    kinds.name_zh as item_zh,
    events.event_id as record_id,
    events.event_date as record_date,
    cast(facts.event_amt as varchar) as amount,
    facts.currency as unit,
    concat_ws(
        ', ',
        case when events.feeds_m then 'weight ' || events.m_weight end,
        case
            when facts.fx_rate_date is not null
                then events.event_amt || ' ' || rfm.currency || ' at the rate of ' || facts.fx_rate_date
        end
    ) as note,
    facts.source_system,
    facts.batch_id,
    facts.source_row
from marts.int_rfm_event as events
inner join marts.mart_customer_rfm as rfm
    on events.customer_id = rfm.customer_id and rfm.as_of_date = $as_of
inner join core.fct_credit_event as facts on events.event_id = facts.event_id
left join seeds.credit_event_type as kinds on events.event_type = kinds.event_type
where events.customer_id = $customer_id and events.feeds_f and events.event_date > rfm.window_start_date
order by events.event_date desc, events.event_id
