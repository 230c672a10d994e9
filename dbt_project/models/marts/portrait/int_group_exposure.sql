{#
  Roll-up of each group of at least two enterprises: members, exposure, limit, and who of them owes most (ties by id).
  A group with a member whose debts lack an exchange rate has no sum.
#}
with members as (
    select
        memberships.group_id,
        memberships.customer_id,
        coalesce(exposures.is_unpriced, false) as is_unpriced,
        coalesce(exposures.exposure_amt, cast(0 as decimal(20, 2))) as exposure_amt,
        coalesce(exposures.limit_amt, cast(0 as decimal(20, 2))) as limit_amt
    from {{ ref('int_enterprise_group') }} as memberships
    left join {{ ref('int_customer_exposure') }} as exposures
        on memberships.customer_id = exposures.customer_id
    where memberships.group_id is not null
),

ordered as (
    select
        *,
        row_number() over (partition by group_id order by exposure_amt desc, customer_id asc) as standing
    from members
),

final as (
    select
        group_id,
        cast(count(*) as integer) as group_member_count,
        cast(sum(exposure_amt) as decimal(20, 2)) as group_exposure_amt,
        cast(sum(limit_amt) as decimal(20, 2)) as group_limit_amt,
        max(case when standing = 1 then customer_id end) as group_largest_member_id,
        max(case when standing = 1 then exposure_amt end) as group_largest_exposure_amt,
        max(case when is_unpriced then 1 else 0 end) = 1 as is_unpriced
    from ordered
    group by group_id
)

select * from final
