{#
  Credit events: those a source delivers, and for facilities whose source delivers only states (`event_basis` =
  'snapshot') those that follow from the difference between successive snapshots as known at the cutoff:

  - a rise in the cumulative disbursement is a drawdown, in the cumulative repayment a repayment; a fall is a reversal;
  - the first snapshot of a facility opens with its cumulative amounts (`is_opening`): they refresh recency but are
    neither frequency nor volume, since one figure stands for an unknown number of events;
  - a drawdown happened on the last disbursement date when that lies in the span it must lie in, else on the
    reporting date; a repayment on the reporting date. `date_basis` says which: `reported`, `span_end` (no later than
    one snapshot off), or `unknown` for an opening amount without a date, which refreshes nothing;
  - the event belongs to whoever owes the facility in the latest known snapshot, so a renamed borrower keeps its history.
#}
with recorded as (
    select * from {{ as_known('credit_event', ['event_id']) }} as accepted
),

snapshots as (
    select
        *,
        lag(reporting_date) over facility_history as earlier_reporting_date,
        lag(coalesce(disbursed_cum_amt, 0)) over facility_history as earlier_disbursed_amt,
        lag(coalesce(repaid_cum_amt, 0)) over facility_history as earlier_repaid_amt
    from {{ ref('fct_facility_snapshot') }}
    where event_basis = 'snapshot'
    window facility_history as (partition by facility_id order by reporting_date)
),

differences as (
    select
        *,
        earlier_reporting_date is null as is_opening,
        coalesce(
            last_disbursement_date <= reporting_date
            and (earlier_reporting_date is null or last_disbursement_date > earlier_reporting_date),
            false
        ) as is_dated,
        coalesce(disbursed_cum_amt, 0) - coalesce(earlier_disbursed_amt, 0) as disbursed_diff_amt,
        coalesce(repaid_cum_amt, 0) - coalesce(earlier_repaid_amt, 0) as repaid_diff_amt
    from snapshots
),

disbursements as (
    select
        facility_id,
        source_system,
        case when disbursed_diff_amt > 0 then 'drawdown' else 'reversal' end as event_type,
        'disbursed' as side,
        case when is_dated then last_disbursement_date else reporting_date end as event_date,
        case when is_dated then 'reported' when is_opening then 'unknown' else 'span_end' end as date_basis,
        disbursed_diff_amt as event_amt,
        currency,
        is_opening,
        reporting_date,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from differences
    where disbursed_diff_amt <> 0
),

repayments as (
    select
        facility_id,
        source_system,
        case when repaid_diff_amt > 0 then 'scheduled_repayment' else 'reversal' end as event_type,
        'repaid' as side,
        reporting_date as event_date,
        case when is_opening then 'unknown' else 'span_end' end as date_basis,
        repaid_diff_amt as event_amt,
        currency,
        is_opening,
        reporting_date,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from differences
    where repaid_diff_amt <> 0
),

derived as (
    select * from disbursements
    union all
    select * from repayments
),

owed as (
    select
        facility_id,
        customer_id
    from {{ ref('dim_facility') }}
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
        facility_id || ':' || cast(reporting_date as string) || ':' || side as event_id,
        facility_id,
        source_system,
        cast(null as string) as customer_id,
        event_type,
        event_date,
        date_basis,
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
)

select * from final
