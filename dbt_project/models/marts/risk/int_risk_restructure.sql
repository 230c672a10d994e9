{#
  What opened a watch in the observation period and was not reversed, by facility and customer (spec §1.6, gate 3): debts
  restructured (`restructured`), and debts repaid by new ones or extended (`rolled_over`; spec §5.1 has repayment by
  refinancing at 关注 at best, but for qualifying renewals of small businesses). The seed says which event is which.
#}
with final as (
    select
        events.customer_id,
        events.facility_id,
        event_kinds.watch_reason
    from {{ ref('fct_credit_event') }} as events
    inner join {{ ref('credit_event_type') }} as event_kinds
        on events.event_type = event_kinds.event_type
    left join {{ ref('int_reversed_event') }} as reversed
        on events.event_id = reversed.event_id
    where
        event_kinds.watch_reason <> ''
        and events.event_date <= {{ as_of_date() }}
        and events.event_date > {{ plus_months(as_of_date(), -var('observation_months')) }}
        and reversed.event_id is null
    group by events.customer_id, events.facility_id, event_kinds.watch_reason
)

select * from final
