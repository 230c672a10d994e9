{#
  What is known of each facility's risk at as_of_date, worst of its instruments and of what it reports itself (spec §5).
  A source that delivers no instruments leaves the fields of its facilities; one that delivers no payments leaves its own
  days past due, which `dpd_basis` says. Instruments and facilities that left the book or were paid off say nothing.

  The class is raised by what the obligor's other facilities say (§5.1): with a non-performing claim at the bank a
  non-retail obligor's others are 关注 at best, and above the share of contamination they are all non-performing. The
  exception for approved credit enhancement is not in the data and is never made.

  Claims are in the base currency at the rate of as_of_date; one without a rate counts as nothing and flags its facility,
  where CUR-01 was waived.
#}
with instruments as (
    select
        instruments.*,
        dpd.dpd_days as derived_dpd_days,
        case
            when instruments.instrument_status = 'written_off' then null
            else coalesce(dpd.dpd_days, instruments.source_dpd_days)
        end as known_dpd_days,
        instruments.default_status <> 'not in default' as is_in_default,
        {{ exact_ratio('instruments.accumulated_impairment_amt', 'instruments.outstanding_amt') }} as ecl_ratio
    from {{ ref('dim_instrument') }} as instruments
    left join {{ ref('fct_instrument_dpd') }} as dpd
        on instruments.instrument_id = dpd.instrument_id
    where
        not instruments.is_derecognised
        and coalesce(instruments.instrument_status, 'active') <> 'closed'
),

judged_instruments as (
    select
        facility_id,
        known_dpd_days,
        ifrs9_stage,
        {{ five_tier_rank('five_tier_class') }} as class_rank,
        case
            when instrument_status = 'written_off' then 4
            when known_dpd_days is not null or ifrs9_stage is not null
                then {{ five_tier_floor('known_dpd_days', 'is_technical_delay', 'ecl_ratio', 'ifrs9_stage = 3') }}
        end as floor_rank,
        case when instrument_status = 'written_off' then 1 else 0 end as is_written_off,
        case when coalesce(is_in_default, false) then 1 else 0 end as is_in_default,
        case when known_dpd_days is not null and derived_dpd_days is null then 1 else 0 end as is_source_dpd,
        case when known_dpd_days > 30 and stage_rebuttal_ref is null then 1 else 0 end as is_presumed_stage_2,
        case
            when
                forbearance_status <> 'not forborne'
                and forbearance_date <= {{ as_of_date() }}
                and forbearance_date > {{ plus_months(as_of_date(), -var('observation_months')) }}
                then 1
            else 0
        end as is_forborne,
        case when dq_flag then 1 else 0 end as has_dq_flag
    from instruments
),

by_facility as (
    select
        facility_id,
        max(known_dpd_days) as max_dpd_days,
        max(ifrs9_stage) as ifrs9_stage,
        max(class_rank) as class_rank,
        max(floor_rank) as floor_rank,
        max(is_written_off) as is_written_off,
        max(is_in_default) as is_in_default,
        max(is_source_dpd) as is_source_dpd,
        max(is_presumed_stage_2) as is_presumed_stage_2,
        max(is_forborne) as is_forborne,
        max(has_dq_flag) as has_dq_flag
    from judged_instruments
    group by facility_id
),

instrument_sources as (
    select source_system
    from {{ ref('dim_instrument') }}
    group by source_system
),

restructured as (
    select facility_id
    from {{ ref('int_risk_restructure') }}
    where facility_id is not null and watch_reason = 'restructured'
    group by facility_id
),

facilities as (
    select
        facilities.facility_id,
        facilities.source_system,
        facilities.customer_id,
        cast('{{ var("base_currency") }}' as string) as currency,
        not facilities.is_derecognised as is_on_book,
        facilities.is_derecognised or facilities.facility_status in ('closed', 'cancelled') as is_ended,
        coalesce(
            {{ base_amount('facilities.outstanding_amt', 'facilities.fx_rate') }}, cast(0 as decimal(20, 2))
        ) as claim_amt,
        customers.customer_type not in ('personal', 'sole_trader') as is_non_retail,
        coalesce(
            by_facility.max_dpd_days,
            case when instrument_sources.source_system is not null and by_facility.facility_id is null then 0 end
        ) as max_dpd_days,
        case
            when by_facility.max_dpd_days is null then null
            when by_facility.is_source_dpd = 1 then 'reported'
            else 'derived'
        end as dpd_basis,
        greatest({{ five_tier_rank('facilities.five_tier_class') }}, by_facility.class_rank) as class_rank,
        greatest(
            by_facility.floor_rank,
            case when facilities.ifrs9_stage = 3 then 2 end,
            case when customers.legal_proceedings_status = 'bankruptcy' then 4 end
        ) as floor_rank,
        greatest(facilities.ifrs9_stage, by_facility.ifrs9_stage) as ifrs9_stage,
        greatest(
            case when coalesce(facilities.is_default, false) then 1 else 0 end, coalesce(by_facility.is_in_default, 0)
        ) as is_in_default,
        greatest(
            coalesce(by_facility.is_written_off, 0),
            case when facilities.writeoffs_cum_amt > 0 and coalesce(facilities.outstanding_amt, 0) = 0 then 1 else 0 end
        ) as is_written_off,
        coalesce(by_facility.is_presumed_stage_2, 0) as is_presumed_stage_2,
        coalesce(by_facility.is_forborne, 0) as is_forborne,
        case when restructured.facility_id is not null then 1 else 0 end as is_restructured,
        greatest(
            case when facilities.dq_flag or facilities.fx_rate is null then 1 else 0 end,
            coalesce(by_facility.has_dq_flag, 0)
        ) as has_dq_flag
    from {{ ref('dim_facility') }} as facilities
    inner join {{ ref('dim_customer') }} as customers
        on facilities.customer_id = customers.customer_id
    left join by_facility
        on facilities.facility_id = by_facility.facility_id
    left join instrument_sources
        on facilities.source_system = instrument_sources.source_system
    left join restructured
        on facilities.facility_id = restructured.facility_id
),

standing_alone as (
    select
        *,
        greatest(class_rank, floor_rank, case when is_in_default = 1 then 2 end) as own_rank,
        is_on_book
        and coalesce(greatest(class_rank, floor_rank) >= 2 or ifrs9_stage = 3 or is_in_default = 1, false)
            as is_own_nonperforming
    from facilities
),

obligors as (
    select
        customer_id,
        sum(claim_amt) as claim_amt,
        sum(case when is_own_nonperforming then claim_amt else 0 end) as nonperforming_amt
    from standing_alone
    where is_on_book
    group by customer_id
),

linked as (
    select
        standing_alone.*,
        case
            when
                not standing_alone.is_non_retail
                or not standing_alone.is_on_book
                or standing_alone.claim_amt <= 0
                or obligors.nonperforming_amt <= 0
                then null
            when
                obligors.nonperforming_amt
                > obligors.claim_amt * cast({{ var('contamination_share') }} as decimal(9, 8))
                then 2
            else 1
        end as linked_rank
    from standing_alone
    left join obligors
        on standing_alone.customer_id = obligors.customer_id
),

assessed as (
    select
        *,
        greatest(own_rank, linked_rank) as assessed_rank,
        coalesce(linked_rank = 2, false) and not is_own_nonperforming as is_contaminated,
        is_own_nonperforming or coalesce(linked_rank = 2, false) as is_nonperforming
    from linked
),

final as (
    select
        facility_id,
        source_system,
        customer_id,
        currency,
        is_on_book,
        is_non_retail,
        claim_amt,
        max_dpd_days,
        dpd_basis,
        case
            when is_written_off = 1 then 10
            when is_ended then 0
            when max_dpd_days > 360 then 8
            when max_dpd_days > 270 then 7
            when max_dpd_days > 180 then 6
            when max_dpd_days > 90 then 5
            when max_dpd_days > 60 then 4
            when max_dpd_days > 30 then 3
            when max_dpd_days > 0 then 2
            when max_dpd_days = 0 then 1
        end as bucket_rank,
        class_rank,
        floor_rank,
        assessed_rank,
        ifrs9_stage,
        case
            when is_nonperforming then 3
            when is_presumed_stage_2 = 1 or assessed_rank = 1 or is_forborne = 1 or is_restructured = 1 then 2
            when assessed_rank is not null or ifrs9_stage is not null then 1
        end as required_stage,
        is_in_default = 1 as is_in_default,
        is_contaminated,
        is_nonperforming,
        is_forborne = 1 as is_forborne,
        is_restructured = 1 as is_restructured,
        has_dq_flag = 1 as dq_flag
    from assessed
)

select * from final
