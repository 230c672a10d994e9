{#
  The balance of each facility over the twelve months to as_of_date, a row for each state and the days that it held in
  them. A reported state holds until the facility's next one; before its first report it is carried back to the
  inception, because a source that begins to deliver says nothing about the days before. Amounts are in the base currency, all
  at the rate of as_of_date, so that a swing of the rate is no growth (spec §1.9); `currency` is that of the facility.
#}
with balance_window as (
    select
        {{ plus_days(plus_months(as_of_date(), -12), 1) }} as first_date,
        {{ plus_days(as_of_date(), 1) }} as end_date
),

first_reports as (
    select
        facility_id,
        min(reporting_date) as first_reporting_date
    from {{ ref('fct_facility_snapshot') }}
    group by facility_id
),

states as (
    select
        facilities.customer_id,
        facilities.product_family,
        facilities.currency,
        snapshots.facility_id,
        snapshots.reporting_date,
        {{ base_amount('snapshots.outstanding_amt', 'facilities.fx_rate') }} as outstanding_amt,
        case
            when snapshots.reporting_date = first_reports.first_reporting_date
                then least(snapshots.reporting_date, coalesce(snapshots.inception_date, snapshots.reporting_date))
            else snapshots.reporting_date
        end as valid_from_date,
        snapshots.next_reporting_date as valid_to_date
    from {{ ref('fct_facility_snapshot') }} as snapshots
    inner join {{ ref('dim_facility') }} as facilities
        on snapshots.facility_id = facilities.facility_id
    inner join first_reports
        on snapshots.facility_id = first_reports.facility_id
    cross join balance_window
    where
        snapshots.next_reporting_date is null
        or snapshots.next_reporting_date > balance_window.first_date
),

held as (
    select
        states.customer_id,
        states.facility_id,
        states.reporting_date,
        states.product_family,
        states.currency,
        cast(coalesce(states.outstanding_amt, 0) as decimal(20, 2)) as outstanding_amt,
        greatest(states.valid_from_date, balance_window.first_date) as held_from_date,
        least(coalesce(states.valid_to_date, balance_window.end_date), balance_window.end_date) as held_until_date,
        {{ days_between('balance_window.first_date', 'balance_window.end_date') }} as window_days
    from states
    cross join balance_window
),

final as (
    select
        *,
        {{ days_between('held_from_date', 'held_until_date') }} as held_days
    from held
    where held_from_date < held_until_date
)

select * from final
