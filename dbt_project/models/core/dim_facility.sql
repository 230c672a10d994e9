{# The latest reported state of each facility, and whether the source's latest snapshot still shows it. #}
with snapshots as (
    select * from {{ ref('fct_facility_snapshot') }}
),

ranked as (
    select
        *,
        row_number() over (partition by facility_id order by reporting_date desc) as recency
    from snapshots
),

final as (
    select
        facility_id,
        source_system,
        customer_id,
        reporting_date,
        exit_reporting_date is not null as is_derecognised,
        instrument_type,
        product_family,
        facility_status,
        project_id,
        project_name,
        approval_date,
        signing_date,
        inception_date,
        settlement_date,
        first_repayment_date,
        maturity_date,
        coalesce(closed_date, exit_reporting_date) as closed_date,
        last_disbursement_date,
        currency,
        commitment_amt,
        cancelled_amt,
        cast(case when exit_reporting_date is null then off_balance_amt else 0 end as decimal(20, 2))
            as off_balance_amt,
        disbursed_cum_amt,
        repaid_cum_amt,
        sold_cum_amt,
        cast(case when exit_reporting_date is null then outstanding_amt else 0 end as decimal(20, 2))
            as outstanding_amt,
        cast(case when exit_reporting_date is null then arrears_amt else 0 end as decimal(20, 2)) as arrears_amt,
        writeoffs_cum_amt,
        interest_rate,
        five_tier_class,
        ifrs9_stage,
        is_default,
        event_basis,
        availability_end_date,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from ranked
    where recency = 1
)

select * from final
