{#
  The state of each facility at each reporting date, as known. A facility feed delivers full snapshots:
  - of several deliveries for one date the latest counts whole, so a facility that a correction leaves out is not reported
    for that date (unless the correction's own row was quarantined: then the last accepted row holds, flagged);
  - a state holds until the facility's next one, and a facility that a later snapshot of its source lacks has left the
    book by then (`exit_reporting_date`). A row that was reported but quarantined is not an absence.
#}
with reported_rows as (
    select * from {{ reported_rows('facility', 'facility_id') }} as reported_row
),

known as (
    select accepted.*
    from {{ as_known('facility', ['facility_id', 'reporting_date']) }} as accepted
    inner join reported_rows
        on
            accepted.facility_id = reported_rows.facility_id
            and accepted.reporting_date = reported_rows.reporting_date
),

reported as (
    select
        source_system,
        facility_id,
        max(reporting_date) as last_reported_date
    from reported_rows
    group by source_system, facility_id
),

calendar as (
    select
        source_system,
        reporting_date
    from reported_rows
    group by source_system, reporting_date
),

exits as (
    select
        reported.facility_id,
        reported.last_reported_date,
        min(calendar.reporting_date) as exit_reporting_date
    from reported
    left join calendar
        on
            reported.source_system = calendar.source_system
            and reported.last_reported_date < calendar.reporting_date
    group by reported.facility_id, reported.last_reported_date
),

final as (
    select
        known.facility_id,
        known.reporting_date,
        coalesce(
            lead(known.reporting_date) over (partition by known.facility_id order by known.reporting_date),
            exits.exit_reporting_date
        ) as next_reporting_date,
        exits.exit_reporting_date,
        known.source_system,
        known.customer_id,
        known.instrument_type,
        known.product_family,
        known.facility_status,
        known.project_id,
        known.project_name,
        known.approval_date,
        known.signing_date,
        known.inception_date,
        known.settlement_date,
        known.first_repayment_date,
        known.maturity_date,
        known.closed_date,
        known.last_disbursement_date,
        known.currency,
        known.commitment_amt,
        known.cancelled_amt,
        known.off_balance_amt,
        known.disbursed_cum_amt,
        known.repaid_cum_amt,
        known.sold_cum_amt,
        known.outstanding_amt,
        known.arrears_amt,
        known.writeoffs_cum_amt,
        known.interest_rate,
        known.five_tier_class,
        known.ifrs9_stage,
        known.is_default,
        known.event_basis,
        known.availability_end_date,
        known.batch_id,
        known.source_row,
        known.known_at,
        known.dq_flag or exits.last_reported_date > max(known.reporting_date) over (partition by known.facility_id)
            as dq_flag
    from known
    inner join exits
        on known.facility_id = exits.facility_id
)

select * from final
