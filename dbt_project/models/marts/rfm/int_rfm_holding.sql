{{ config(materialized='table') }}
{#
  What each customer holds: its leading product family (the one with the largest commitment still on the book, else ever;
  ties by name) and what its facilities come to. Amounts are in the base currency at the rate of as_of_date; a facility without
  one counts as nothing and flags its customer (`dq_flag`), where CUR-01 was waived.
#}
with facilities as (
    select
        customer_id,
        product_family,
        case when is_derecognised or facility_status in ('closed', 'cancelled') then 0 else 1 end as is_on_book,
        closed_date,
        {{ base_amount('commitment_amt', 'fx_rate') }} as commitment_amt,
        coalesce({{ base_amount('outstanding_amt', 'fx_rate') }}, 0) as outstanding_amt,
        coalesce({{ base_amount('off_balance_amt', 'fx_rate') }}, 0) as off_balance_amt,
        case when fx_rate is null then 1 else 0 end as is_unpriced,
        case when dq_flag or fx_rate is null then 1 else 0 end as is_flagged
    from {{ ref('dim_facility') }}
),

family_facts as (
    select
        customer_id,
        product_family,
        max(is_on_book) as is_on_book,
        sum(case is_on_book when 1 then commitment_amt else 0 end) as open_commitment_amt,
        sum(commitment_amt) as commitment_amt,
        count(*) as facility_count,
        max(closed_date) as last_closed_date,
        sum(outstanding_amt + off_balance_amt) as exposure_amt,
        sum(outstanding_amt) as outstanding_amt,
        max(is_unpriced) as is_unpriced,
        max(is_flagged) as is_flagged
    from facilities
    group by customer_id, product_family
),

ranked_families as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by is_on_book desc, open_commitment_amt desc, commitment_amt desc nulls last, product_family asc
        ) as family_rank
    from family_facts
),

final as (
    select
        customer_id,
        max(case family_rank when 1 then product_family end) as product_family,
        cast(sum(facility_count) as bigint) as facility_count,
        max(is_on_book) = 1 as has_open_facility,
        max(last_closed_date) as last_closed_date,
        cast(sum(exposure_amt) as decimal(20, 2)) as exposure_amt,
        cast(sum(outstanding_amt) as decimal(20, 2)) as outstanding_amt,
        max(is_unpriced) = 1 as has_unpriced_facility,
        max(is_flagged) = 1 as has_dq_flag
    from ranked_families
    group by customer_id
)

select * from final
