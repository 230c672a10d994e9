{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_partition() }}',
        on_schema_change='fail'
    )
}}
{#
  Risk of each customer at as_of_date: the worst of its facilities, and the gate of spec §1.6 in its order: excluded by a
  screening hit, in workout, watched. What a customer would be were it not excluded stays readable in the other columns.
  Nothing of what is off the book counts but for the bucket, in which a write-off is the last state (§5.3).
#}
with facilities as (
    select * from {{ ref('int_risk_facility') }}
),

watched as (
    select
        customer_id,
        max(case when watch_reason = 'restructured' then 1 else 0 end) as is_restructured,
        max(case when watch_reason = 'rolled_over' then 1 else 0 end) as is_rolled_over
    from {{ ref('int_risk_restructure') }}
    where customer_id is not null
    group by customer_id
),

exclusions as (
    select * from {{ ref('int_risk_exclusion') }}
),

facility_facts as (
    select
        customer_id,
        sum(case when is_on_book then 1 else 0 end) as facility_count,
        sum(case when is_on_book then claim_amt else 0 end) as claim_amt,
        sum(case when is_on_book and is_nonperforming then claim_amt else 0 end) as nonperforming_amt,
        min(currency) as currency,
        max(case when is_on_book then max_dpd_days end) as max_dpd_days,
        max(case when is_on_book then dpd_basis end) as dpd_basis,
        max(bucket_rank) as bucket_rank,
        max(case when bucket_rank is null then 1 else 0 end) as has_no_bucket,
        max(case when is_on_book then class_rank end) as class_rank,
        max(case when is_on_book then floor_rank end) as floor_rank,
        max(case when is_on_book then assessed_rank end) as assessed_rank,
        max(case when is_on_book then ifrs9_stage end) as ifrs9_stage,
        max(case when is_on_book then required_stage end) as required_stage,
        max(
            case
                when is_on_book and (ifrs9_stage < required_stage or (ifrs9_stage = 3 and class_rank = 0)) then 1
                else 0
            end
        ) as has_stage_conflict,
        max(case when is_on_book and is_in_default then 1 else 0 end) as is_in_default,
        max(case when is_contaminated then 1 else 0 end) as is_contaminated,
        max(case when is_on_book and is_nonperforming then 1 else 0 end) as is_nonperforming,
        max(case when is_on_book and is_forborne then 1 else 0 end) as is_forborne,
        max(case when dq_flag then 1 else 0 end) as has_dq_flag
    from facilities
    group by customer_id
),

population as (
    select customer_id from facility_facts
    union
    select customer_id from watched
    union
    select customer_id from exclusions
),

reasoned as (
    select
        customers.customer_id,
        customers.source_system,
        customers.customer_type,
        customers.dq_flag
        or coalesce(facility_facts.has_dq_flag, 0) = 1
        or coalesce(exclusions.dq_flag, false) as dq_flag,
        coalesce(facility_facts.facility_count, 0) as facility_count,
        coalesce(facility_facts.claim_amt, 0) as claim_amt,
        coalesce(facility_facts.nonperforming_amt, 0) as nonperforming_amt,
        facility_facts.currency,
        facility_facts.max_dpd_days,
        facility_facts.dpd_basis,
        case
            when facility_facts.bucket_rank <= 1 and facility_facts.has_no_bucket = 1 then null
            else facility_facts.bucket_rank
        end as bucket_rank,
        facility_facts.class_rank,
        facility_facts.floor_rank,
        facility_facts.assessed_rank,
        facility_facts.ifrs9_stage,
        facility_facts.required_stage,
        coalesce(facility_facts.has_stage_conflict, 0) = 0 as is_stage_consistent,
        coalesce(facility_facts.is_in_default, 0) = 1 as is_in_default,
        coalesce(facility_facts.is_contaminated, 0) = 1 as is_contaminated,
        coalesce(facility_facts.is_forborne, 0) = 1 as is_forborne,
        coalesce(watched.is_restructured, 0) = 1 as is_restructured,
        exclusions.exclusion_reason,
        case
            when facility_facts.assessed_rank >= 2 then 'five_tier_class'
            when facility_facts.ifrs9_stage = 3 then 'ifrs9_stage'
            when facility_facts.is_in_default = 1 then 'default'
        end as workout_reason,
        case
            when facility_facts.max_dpd_days > 30 then 'dpd'
            when facility_facts.assessed_rank = 1 then 'five_tier_class'
            when facility_facts.ifrs9_stage = 2 then 'ifrs9_stage'
            when watched.is_restructured = 1 then 'restructured'
            when facility_facts.is_forborne = 1 then 'forborne'
            when watched.is_rolled_over = 1 then 'rolled_over'
        end as watch_reason
    from population
    inner join {{ ref('dim_customer') }} as customers
        on population.customer_id = customers.customer_id
    left join facility_facts
        on population.customer_id = facility_facts.customer_id
    left join watched
        on population.customer_id = watched.customer_id
    left join exclusions
        on population.customer_id = exclusions.customer_id
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        customer_id,
        source_system,
        customer_type,
        cast(facility_count as integer) as facility_count,
        cast(claim_amt as decimal(20, 2)) as claim_amt,
        cast(nonperforming_amt as decimal(20, 2)) as nonperforming_amt,
        currency,
        cast(max_dpd_days as integer) as max_dpd_days,
        cast(dpd_basis as string) as dpd_basis,
        cast({{ dpd_bucket('bucket_rank') }} as string) as dpd_bucket,
        cast({{ five_tier_class('class_rank') }} as string) as five_tier_class,
        cast({{ five_tier_class('floor_rank') }} as string) as five_tier_floor,
        cast({{ five_tier_class('assessed_rank') }} as string) as five_tier_assessed,
        cast(ifrs9_stage as integer) as ifrs9_stage,
        cast(required_stage as integer) as ifrs9_stage_required,
        is_stage_consistent,
        is_in_default,
        is_contaminated,
        is_forborne,
        is_restructured,
        cast(
            case
                when exclusion_reason is not null then 'EXCLUDED'
                when workout_reason is not null then 'WORKOUT'
                when watch_reason is not null then 'WATCH'
                else 'NONE'
            end as string
        ) as gate,
        cast(coalesce(exclusion_reason, workout_reason, watch_reason) as string) as gate_reason,
        dq_flag,
        cast('{{ var("config_version") }}' as string) as config_version
    from reasoned
)

select * from final
