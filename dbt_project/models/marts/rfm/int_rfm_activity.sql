{{ config(materialized='table') }}
{#
  What each customer did, in one pass over its events: the first and the latest, how many there are, and its uses of credit in
  the window of its product family, (as_of - N months, as_of] (spec §1.2). The same facility, day and type is one event.
#}
with windows as (
    select
        holdings.customer_id,
        {{ usage_window_start('families.window_months') }} as window_start_date
    from {{ ref('int_rfm_holding') }} as holdings
    left join {{ ref('product_family') }} as families
        on holdings.product_family = families.product_family
),

distinct_events as (
    select
        customer_id,
        facility_id,
        event_date,
        event_type,
        max(case when feeds_f then 1 else 0 end) as is_use,
        sum(case when feeds_f then case when feeds_m then event_amt * m_weight else 0 end end) as use_amt
    from {{ ref('int_rfm_event') }}
    group by customer_id, facility_id, event_date, event_type
),

placed_events as (
    select
        distinct_events.customer_id,
        distinct_events.event_date,
        distinct_events.use_amt,
        distinct_events.is_use = 1
        and distinct_events.event_date > coalesce(windows.window_start_date, {{ usage_window_start('null') }})
            as is_window_use
    from distinct_events
    left join windows
        on distinct_events.customer_id = windows.customer_id
),

final as (
    select
        customer_id,
        min(event_date) as first_event_date,
        max(event_date) as last_event_date,
        count(*) as eligible_event_count,
        count(case when is_window_use then 1 end) as f_count,
        coalesce({{ distinct_months('event_date', 'is_window_use') }}, 0) as f_active_months,
        cast(sum(case when is_window_use then use_amt end) as decimal(20, 2)) as m_volume_cum_amt
    from placed_events
    group by customer_id
)

select * from final
