{#
  The latest reported state of each facility, whether the source's latest snapshot still shows it, and what its currency
  costs in the base currency at as_of_date (balances are converted at that day's rate).
#}
with snapshots as (
    select * from {{ ref('fct_facility_snapshot') }}
),

ranked as (
    select
        *,
        row_number() over (partition by facility_id order by reporting_date desc) as recency
    from snapshots
),

latest as (
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
),

final as (
    select
        latest.*,
        {{ as_of_fx_rate('latest.currency') }} as fx_rate,
        case when latest.currency = '{{ var("base_currency") }}' then {{ as_of_date() }} else fx_rates.rate_date end
            as fx_rate_date
    from latest
    left join {{ ref('int_fx_rate') }} as fx_rates
        on latest.currency = fx_rates.currency and fx_rates.calendar_date = {{ as_of_date() }}
)

select * from final
