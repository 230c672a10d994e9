{#
  Guarantees around each customer (担保): what it guarantees for others, what others guarantee for it, and how many
  guarantors are named. Amounts are of financial guarantees that are not released; several currencies are not added.
#}
with guarantees as (
    select
        protection_id,
        provider_id,
        protection_amt,
        currency
    from {{ ref('dim_protection') }}
    where protection_type = 'financial guarantees' and not is_released
),

given as (
    select
        guarantees.provider_id as customer_id,
        case when min(guarantees.currency) = max(guarantees.currency) then sum(guarantees.protection_amt) end as given_amt
    from guarantees
    where guarantees.provider_id is not null
    group by guarantees.provider_id
),

received as (
    select
        instruments.customer_id,
        case when min(allocations.currency) = max(allocations.currency) then sum(allocations.allocated_amt) end
            as received_amt
    from {{ ref('fct_instrument_protection') }} as allocations
    inner join guarantees
        on allocations.protection_id = guarantees.protection_id
    inner join {{ ref('dim_instrument') }} as instruments
        on allocations.instrument_id = instruments.instrument_id
    where allocations.is_latest and not instruments.is_derecognised and guarantees.provider_id <> instruments.customer_id
    group by instruments.customer_id
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
        cast(case when given.customer_id is null then 0 else given.given_amt end as decimal(20, 2)) as guarantee_given_amt,
        cast(
            case when given.customer_id is not null and given.given_amt is null then 'mixed_currency' else 'ok' end
            as string
        ) as guarantee_given_status,
        cast(case when received.customer_id is null then 0 else received.received_amt end as decimal(20, 2))
            as guarantee_received_amt,
        cast(
            case when received.customer_id is not null and received.received_amt is null then 'mixed_currency' else 'ok' end
            as string
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
