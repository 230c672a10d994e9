{{ config(materialized='table') }}
{#
  R, F and M before scoring (spec §1.2). The window is that of the customer's product family: (as_of - N months, as_of].
  The average balance is over the days of the last twelve months; a day without a facility counts as zero.
#}
with customers as (
    select
        population.customer_id,
        population.last_event_date,
        coalesce(families.m_measure, 'm_volume_cum') as m_measure,
        {{ plus_months(as_of_date(), '-coalesce(families.window_months, 12)') }} as window_start_date
    from {{ ref('int_rfm_customer') }} as population
    left join {{ ref('product_family') }} as families
        on population.product_family = families.product_family
),

uses as (
    select
        events.customer_id,
        events.facility_id,
        events.event_date,
        events.event_type,
        sum(case when events.feeds_m then events.event_amt * events.m_weight else 0 end) as use_amt
    from {{ ref('int_rfm_event') }} as events
    inner join customers
        on events.customer_id = customers.customer_id
    where
        events.feeds_f
        and events.event_date > customers.window_start_date
    group by events.customer_id, events.facility_id, events.event_date, events.event_type
),

usage_measures as (
    select
        customer_id,
        count(*) as f_count,
        count(distinct extract(year from event_date) * 12 + extract(month from event_date)) as f_active_months,
        cast(sum(use_amt) as decimal(20, 2)) as m_volume_cum_amt
    from uses
    group by customer_id
),

balance_sums as (
    select
        customer_id,
        sum(cast(outstanding_amt * cast(held_days as decimal(4, 0)) as decimal(24, 2))) as balance_days,
        max(window_days) as window_days
    from {{ ref('int_rfm_balance') }}
    group by customer_id
),

balance_measures as (
    select
        customer_id,
        cast({{ exact_ratio('balance_days', 'window_days') }} as decimal(20, 2)) as m_balance_avg_amt
    from balance_sums
),

measured as (
    select
        customers.customer_id,
        customers.window_start_date,
        customers.m_measure,
        {{ days_between('customers.last_event_date', as_of_date()) }} as r_days,
        coalesce(usage_measures.f_count, 0) as f_count,
        coalesce(usage_measures.f_active_months, 0) as f_active_months,
        coalesce(usage_measures.m_volume_cum_amt, cast(0 as decimal(20, 2))) as m_volume_cum_amt,
        cast(
            {{ exact_ratio('usage_measures.m_volume_cum_amt', 'usage_measures.f_count') }} as decimal(20, 2)
        ) as m_volume_avg_amt,
        coalesce(balance_measures.m_balance_avg_amt, cast(0 as decimal(20, 2))) as m_balance_avg_amt
    from customers
    left join usage_measures
        on customers.customer_id = usage_measures.customer_id
    left join balance_measures
        on customers.customer_id = balance_measures.customer_id
),

final as (
    select
        *,
        case m_measure when 'm_balance_avg' then m_balance_avg_amt else m_volume_cum_amt end as m_value_amt
    from measured
)

select * from final
