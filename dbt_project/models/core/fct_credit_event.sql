{#
  Credit events: those a source delivers, and for facilities whose source delivers only states (`event_basis` =
  'snapshot') those that follow from the difference between successive snapshots as known at the cutoff:

  - a rise of the cumulative disbursement above all it was before is a drawdown, of the cumulative repayment a repayment;
    a fall is a reversal, and so is the rise that takes a fall back: neither is a new use of credit. A snapshot without
    the amount says nothing;
  - the first snapshot of a facility opens with its cumulative amounts (`is_opening`): they refresh recency but are
    neither frequency nor volume, since one figure stands for an unknown number of events;
  - a drawdown happened on the last disbursement date when that lies in the span it must lie in, else on the
    reporting date; a repayment on the reporting date. `date_basis` says which: `reported`, `span_end` (no later than
    one snapshot off), or `unknown` for an opening amount without a date, which refreshes nothing;
  - the event belongs to whoever owes the facility in the latest known snapshot, so a renamed borrower keeps its history;
  - what a snapshot source dates itself falls with the facility when a correction takes that back.

  An amount in another currency is also given in the base currency, at the rate of the day of the event. What is in the base
  currency is joined by null, which an engine does not look up.
#}
with recorded as (
    select * from {{ as_known('credit_event', ['event_id']) }} as accepted
),

states as (
    select
        facility_id,
        source_system,
        'disbursed' as side,
        reporting_date,
        disbursed_cum_amt as cumulative_amt,
        last_disbursement_date,
        currency,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from {{ ref('fct_facility_snapshot') }}
    where event_basis = 'snapshot' and disbursed_cum_amt is not null

    union all

    select
        facility_id,
        source_system,
        'repaid' as side,
        reporting_date,
        repaid_cum_amt as cumulative_amt,
        cast(null as date) as last_disbursement_date,
        currency,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from {{ ref('fct_facility_snapshot') }}
    where event_basis = 'snapshot' and repaid_cum_amt is not null
),

compared as (
    select
        *,
        lag(reporting_date) over (partition by facility_id, side order by reporting_date) as earlier_reporting_date,
        lag(cumulative_amt) over (partition by facility_id, side order by reporting_date) as earlier_amt,
        max(cumulative_amt) over (
            partition by facility_id, side
            order by reporting_date
            rows between unbounded preceding and 1 preceding
        ) as highest_amt
    from states
),

differences as (
    select
        *,
        earlier_reporting_date is null as is_opening,
        cumulative_amt - coalesce(earlier_amt, 0) as change_amt,
        greatest(cumulative_amt - greatest(coalesce(highest_amt, 0), 0), 0) as rise_amt,
        coalesce(
            last_disbursement_date <= reporting_date
            and (earlier_reporting_date is null or last_disbursement_date > earlier_reporting_date),
            false
        ) as is_dated
    from compared
),

rises as (
    select
        *,
        case side when 'disbursed' then 'drawdown' else 'scheduled_repayment' end as event_type,
        side as suffix,
        rise_amt as event_amt
    from differences
    where rise_amt <> 0
),

reversals as (
    select
        *,
        'reversal' as event_type,
        side || '_reversal' as suffix,
        change_amt - rise_amt as event_amt
    from differences
    where change_amt <> rise_amt
),

derived as (
    select * from rises
    union all
    select * from reversals
),

owed as (
    select
        facility_id,
        customer_id
    from {{ ref('dim_facility') }}
),

snapshot_sources as (
    select source_system
    from {{ ref('fct_facility_snapshot') }}
    where event_basis = 'snapshot'
    group by source_system
),

combined as (
    select
        event_id,
        facility_id,
        source_system,
        customer_id,
        event_type,
        event_date,
        'reported' as date_basis,
        event_amt,
        currency,
        reversal_of_event_id,
        is_opening,
        false as is_derived,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from recorded

    union all

    select
        facility_id || ':' || cast(reporting_date as string) || ':' || suffix as event_id,
        facility_id,
        source_system,
        cast(null as string) as customer_id,
        event_type,
        case when is_dated then last_disbursement_date else reporting_date end as event_date,
        case when is_dated then 'reported' when is_opening then 'unknown' else 'span_end' end as date_basis,
        event_amt,
        currency,
        cast(null as string) as reversal_of_event_id,
        is_opening,
        true as is_derived,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from derived
),

final as (
    select
        combined.event_id,
        combined.facility_id,
        combined.source_system,
        coalesce(owed.customer_id, combined.customer_id) as customer_id,
        cast(combined.event_type as string) as event_type,
        combined.event_date,
        cast(combined.date_basis as string) as date_basis,
        cast(combined.event_amt as decimal(20, 2)) as event_amt,
        combined.currency,
        case
            when combined.currency = '{{ var("base_currency") }}' or combined.event_amt = 0
                then cast(combined.event_amt as decimal(20, 2))
            else {{ base_amount('cast(combined.event_amt as decimal(20, 2))', 'fx_rates.rate') }}
        end as event_base_amt,
        fx_rates.rate_date as fx_rate_date,
        combined.reversal_of_event_id,
        coalesce(combined.is_opening, false) as is_opening,
        combined.is_derived,
        combined.batch_id,
        combined.source_row,
        combined.known_at,
        combined.dq_flag
    from combined
    left join owed
        on combined.facility_id = owed.facility_id
    left join snapshot_sources
        on combined.source_system = snapshot_sources.source_system
    left join {{ ref('int_fx_rate') }} as fx_rates
        on
            nullif(combined.currency, '{{ var("base_currency") }}') = fx_rates.currency
            and combined.event_date = fx_rates.calendar_date
    where owed.facility_id is not null or snapshot_sources.source_system is null
)

select * from final
