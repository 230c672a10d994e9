{{ config(materialized='table') }}
{#
  R, F and M before scoring (spec §1.2). The average balance is over the days of the last twelve months; a day without a facility
  counts as zero. `drawn_days` are those on which a facility owed something, summed over facilities.

  `r_value`, `f_value` and `m_value` are what is scored. Of project finance with milestones (`rfm_basis`) they are those of
  §1.9, F in percent and M in millionths of the portfolio; `m_measure` and `peer_family` keep them apart from the others'.
#}
with customers as (
    select
        population.customer_id,
        population.product_family,
        population.last_event_date,
        coalesce(families.m_measure, 'm_volume_cum') as m_measure,
        {{ usage_window_start('families.window_months') }} as window_start_date
    from {{ ref('int_rfm_customer') }} as population
    left join {{ ref('product_family') }} as families
        on population.product_family = families.product_family
),

balance_sums as (
    select
        customer_id,
        sum(cast(outstanding_amt * cast(held_days as decimal(4, 0)) as decimal(24, 2))) as balance_days,
        sum(case when outstanding_amt <> 0 then held_days else 0 end) as drawn_days,
        max(window_days) as window_days
    from {{ ref('int_rfm_balance') }}
    group by customer_id
),

balance_measures as (
    select
        customer_id,
        cast(drawn_days as bigint) as drawn_days,
        cast({{ exact_ratio('balance_days', 'window_days') }} as decimal(20, 2)) as m_balance_avg_amt
    from balance_sums
),

measured as (
    select
        customers.customer_id,
        customers.product_family,
        customers.window_start_date,
        case when project_measures.customer_id is null then customers.m_measure else 'pf_m_share' end as m_measure,
        case when project_measures.customer_id is null then 'standard' else 'project_finance' end as rfm_basis,
        {{ days_between('customers.last_event_date', as_of_date()) }} as r_days,
        coalesce(activities.f_count, 0) as f_count,
        coalesce(activities.f_active_months, 0) as f_active_months,
        coalesce(activities.m_volume_cum_amt, cast(0 as decimal(20, 2))) as m_volume_cum_amt,
        cast(
            {{ exact_ratio('activities.m_volume_cum_amt', 'activities.f_count') }} as decimal(20, 2)
        ) as m_volume_avg_amt,
        coalesce(balance_measures.m_balance_avg_amt, cast(0 as decimal(20, 2))) as m_balance_avg_amt,
        coalesce(balance_measures.drawn_days, 0) as drawn_days,
        project_measures.pf_r_days,
        project_measures.pf_r_basis,
        project_measures.pf_f_ratio,
        project_measures.pf_scheduled_count,
        project_measures.pf_exposure_amt,
        project_measures.pf_m_share
    from customers
    left join {{ ref('int_rfm_activity') }} as activities
        on customers.customer_id = activities.customer_id
    left join balance_measures
        on customers.customer_id = balance_measures.customer_id
    left join {{ ref('int_rfm_project') }} as project_measures
        on
            customers.customer_id = project_measures.customer_id
            and customers.product_family = 'project_finance'
),

valued as (
    select
        *,
        case m_measure
            when 'pf_m_share' then pf_exposure_amt
            when 'm_balance_avg' then m_balance_avg_amt
            else m_volume_cum_amt
        end as m_value_amt
    from measured
),

final as (
    select
        *,
        {{ peer_family('rfm_basis', 'product_family') }} as peer_family,
        cast(case rfm_basis when 'project_finance' then pf_r_days else r_days end as integer) as r_value,
        cast(case rfm_basis when 'project_finance' then pf_f_ratio * 100 else f_count end as decimal(20, 2)) as f_value,
        cast(case rfm_basis when 'project_finance' then pf_m_share * 1000000 else m_value_amt end as decimal(20, 2))
            as m_value
    from valued
)

select * from final
