{#
  Guarantees around each customer (担保): how much of its guarantees secures instruments of others, how much guarantees
  secure its own, and how many guarantors are named. Amounts are what is allocated of financial guarantees that are
  not released; several currencies are not added.
#}
with allocations as (
    select
        protections.provider_id,
        instruments.customer_id,
        allocations.allocated_amt,
        allocations.currency
    from {{ ref('fct_instrument_protection') }} as allocations
    inner join {{ ref('dim_protection') }} as protections
        on allocations.protection_id = protections.protection_id
    inner join {{ ref('dim_instrument') }} as instruments
        on allocations.instrument_id = instruments.instrument_id
    where
        protections.protection_type = 'financial guarantees'
        and not protections.is_released
        and allocations.is_latest
        and not instruments.is_derecognised
),

given as (
    select
        provider_id as customer_id,
        case when min(currency) = max(currency) then sum(allocated_amt) end as given_amt
    from allocations
    where provider_id <> customer_id
    group by provider_id
),

received as (
    select
        customer_id,
        case when min(currency) = max(currency) then sum(allocated_amt) end as received_amt
    from allocations
    group by customer_id
),

guarantors as (
    select
        to_customer_id as customer_id,
        count(*) as guarantor_count
    from (
        select
            to_customer_id,
            from_customer_id
        from {{ ref('fct_customer_relation') }}
        where relation_type = 'guarantor' and is_current
        group by to_customer_id, from_customer_id
    ) as pairs
    group by to_customer_id
),

final as (
    select
        customers.customer_id,
        cast(case when given.customer_id is null then 0 else given.given_amt end as decimal(20, 2))
            as guarantee_given_amt,
        cast(
            case when given.customer_id is not null and given.given_amt is null then 'mixed_currency' else 'ok' end
            as string
        ) as guarantee_given_status,
        cast(case when received.customer_id is null then 0 else received.received_amt end as decimal(20, 2))
            as guarantee_received_amt,
        cast(
            case
                when received.customer_id is not null and received.received_amt is null then 'mixed_currency' else 'ok'
            end as string
        ) as guarantee_received_status,
        cast(coalesce(guarantors.guarantor_count, 0) as integer) as guarantor_count
    from {{ ref('dim_customer') }} as customers
    left join given
        on customers.customer_id = given.customer_id
    left join received
        on customers.customer_id = received.customer_id
    left join guarantors
        on customers.customer_id = guarantors.customer_id
    where customers.customer_type not in ('personal', 'sole_trader')
)

select * from final
