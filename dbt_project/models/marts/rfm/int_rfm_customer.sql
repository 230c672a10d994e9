{{ config(materialized='table') }}
{% set lapsed_before = plus_months(as_of_date(), -var('lapsed_months')) %}
{#
  The population: every customer with a facility or a customer-initiated event, its risk gate (mart_risk_status, spec §1.6),
  and its maturity (§1.5). Prospects and lapsed customers are not ranked: relationships that never began or ended years ago
  are no yardstick for the living ones.
#}
with risk as (
    select
        customer_id,
        gate
    from {{ ref('mart_risk_status') }}
    where as_of_date = {{ as_of_date() }}
),

assembled as (
    select
        customers.customer_id,
        customers.source_system,
        customers.customer_type,
        customers.industry_section,
        customers.enterprise_size,
        coalesce(holdings.product_family, 'none') as product_family,
        coalesce(holdings.facility_count, 0) as facility_count,
        coalesce(holdings.has_open_facility, false) as has_open_facility,
        holdings.last_closed_date,
        coalesce(holdings.exposure_amt, cast(0 as decimal(20, 2))) as exposure_amt,
        coalesce(holdings.outstanding_amt, cast(0 as decimal(20, 2))) as outstanding_amt,
        cast('{{ var("base_currency") }}' as string) as currency,
        coalesce(holdings.has_unpriced_facility, false) as has_unpriced_facility,
        coalesce(risk.gate, 'NONE') as gate,
        activities.first_event_date,
        activities.last_event_date,
        coalesce(activities.eligible_event_count, 0) as eligible_event_count,
        customers.dq_flag or coalesce(holdings.has_dq_flag, false) as dq_flag
    from {{ ref('dim_customer') }} as customers
    left join {{ ref('int_rfm_holding') }} as holdings
        on customers.customer_id = holdings.customer_id
    left join {{ ref('int_rfm_activity') }} as activities
        on customers.customer_id = activities.customer_id
    left join risk
        on customers.customer_id = risk.customer_id
    where
        holdings.customer_id is not null
        or activities.customer_id is not null
),

matured as (
    select
        *,
        {{ days_between('first_event_date', as_of_date()) }} as l_tenure_days,
        case
            when facility_count = 0 then 'prospect'
            when
                not has_open_facility
                and last_closed_date < {{ lapsed_before }}
                and (last_event_date is null or last_event_date < {{ lapsed_before }})
                then 'lapsed'
            when
                first_event_date is null
                or {{ days_between('first_event_date', as_of_date()) }} < {{ var('maturity_days') }}
                or eligible_event_count < 2
                then 'new'
            else 'mature'
        end as maturity_flag
    from assembled
),

final as (
    select
        *,
        maturity_flag in ('new', 'mature') as is_ranked
    from matured
)

select * from final
