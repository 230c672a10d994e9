{{ config(materialized='table') }}
{% set lapsed_before = plus_months(as_of_date(), -var('lapsed_months')) %}
{#
  The population: every customer with a facility or a customer-initiated event, its leading product family (the one with
  the largest commitment still on the book, else ever; ties by name), its risk gate (mart_risk_status, spec §1.6), and its
  maturity (§1.5). Prospects and lapsed customers are not ranked: relationships that never began or ended years
  ago are no yardstick for the living ones. Amounts are in the base currency at the rate of as_of_date; a facility without one
  counts as nothing and flags its customer (`dq_flag`), where CUR-01 was waived.
#}
with facilities as (
    select
        customer_id,
        product_family,
        is_derecognised,
        facility_status,
        closed_date,
        {{ base_amount('commitment_amt', 'fx_rate') }} as commitment_amt,
        {{ base_amount('outstanding_amt', 'fx_rate') }} as outstanding_amt,
        {{ base_amount('off_balance_amt', 'fx_rate') }} as off_balance_amt,
        fx_rate is null as is_unpriced,
        dq_flag
    from {{ ref('dim_facility') }}
),

event_customers as (
    select
        customer_id,
        min(event_date) as first_event_date,
        max(event_date) as last_event_date
    from {{ ref('int_rfm_event') }}
    group by customer_id
),

distinct_events as (
    select
        customer_id,
        facility_id,
        event_date,
        event_type
    from {{ ref('int_rfm_event') }}
    group by customer_id, facility_id, event_date, event_type
),

event_counts as (
    select
        customer_id,
        count(*) as eligible_event_count
    from distinct_events
    group by customer_id
),

risk as (
    select
        customer_id,
        gate
    from {{ ref('mart_risk_status') }}
    where as_of_date = {{ as_of_date() }}
),

family_commitments as (
    select
        customer_id,
        product_family,
        max(case when is_derecognised or facility_status in ('closed', 'cancelled') then 0 else 1 end) as is_on_book,
        sum(case when is_derecognised or facility_status in ('closed', 'cancelled') then 0 else commitment_amt end)
            as open_commitment_amt,
        sum(commitment_amt) as commitment_amt
    from facilities
    group by customer_id, product_family
),

families as (
    select
        customer_id,
        product_family,
        row_number() over (
            partition by customer_id
            order by is_on_book desc, open_commitment_amt desc, commitment_amt desc nulls last, product_family asc
        ) as family_rank
    from family_commitments
),

facility_facts as (
    select
        customer_id,
        count(*) as facility_count,
        max(case when is_derecognised or facility_status in ('closed', 'cancelled') then 0 else 1 end)
            as has_open_facility,
        max(closed_date) as last_closed_date,
        cast(sum(coalesce(outstanding_amt, 0) + coalesce(off_balance_amt, 0)) as decimal(20, 2)) as exposure_amt,
        cast(sum(coalesce(outstanding_amt, 0)) as decimal(20, 2)) as outstanding_amt,
        max(case when is_unpriced then 1 else 0 end) as has_unpriced_facility,
        max(case when dq_flag or is_unpriced then 1 else 0 end) as has_dq_flag
    from facilities
    group by customer_id
),

population as (
    select customer_id from facility_facts
    union
    select customer_id from event_customers
),

assembled as (
    select
        customers.customer_id,
        customers.source_system,
        customers.customer_type,
        customers.industry_section,
        customers.enterprise_size,
        coalesce(families.product_family, 'none') as product_family,
        coalesce(facility_facts.facility_count, 0) as facility_count,
        coalesce(facility_facts.has_open_facility, 0) = 1 as has_open_facility,
        facility_facts.last_closed_date,
        coalesce(facility_facts.exposure_amt, cast(0 as decimal(20, 2))) as exposure_amt,
        coalesce(facility_facts.outstanding_amt, cast(0 as decimal(20, 2))) as outstanding_amt,
        cast('{{ var("base_currency") }}' as string) as currency,
        coalesce(facility_facts.has_unpriced_facility, 0) = 1 as has_unpriced_facility,
        coalesce(risk.gate, 'NONE') as gate,
        event_customers.first_event_date,
        event_customers.last_event_date,
        coalesce(event_counts.eligible_event_count, 0) as eligible_event_count,
        customers.dq_flag or coalesce(facility_facts.has_dq_flag, 0) = 1 as dq_flag
    from population
    inner join {{ ref('dim_customer') }} as customers
        on population.customer_id = customers.customer_id
    left join families
        on population.customer_id = families.customer_id and families.family_rank = 1
    left join facility_facts
        on population.customer_id = facility_facts.customer_id
    left join event_customers
        on population.customer_id = event_customers.customer_id
    left join event_counts
        on population.customer_id = event_counts.customer_id
    left join risk
        on population.customer_id = risk.customer_id
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
