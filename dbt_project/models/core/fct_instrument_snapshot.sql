{#
  The state of each instrument at each reporting date, as known: as fct_facility_snapshot is of facilities. A closed
  instrument may leave the book with the next snapshot (`exit_reporting_date`); one that was written off stays while it
  is pursued.
#}
with known as (
    select accepted.*
    from {{ as_known('instrument', ['instrument_id', 'reporting_date']) }} as accepted
    inner join {{ reported_rows('instrument', 'instrument_id') }} as reported
        on
            accepted.source_system = reported.source_system
            and accepted.instrument_id = reported.instrument_id
            and accepted.reporting_date = reported.reporting_date
),

reported as (
    select
        source_system,
        instrument_id,
        max(reporting_date) as last_reported_date
    from {{ reported_rows('instrument', 'instrument_id') }} as reported
    group by source_system, instrument_id
),

calendar as (
    select
        source_system,
        reporting_date
    from {{ reported_rows('instrument', 'instrument_id') }} as reported
    group by source_system, reporting_date
),

following as (
    select
        source_system,
        reporting_date,
        lead(reporting_date) over (partition by source_system order by reporting_date) as following_reporting_date
    from calendar
),

exits as (
    select
        reported.source_system,
        reported.instrument_id,
        reported.last_reported_date,
        following.following_reporting_date as exit_reporting_date
    from reported
    inner join following
        on
            reported.source_system = following.source_system
            and reported.last_reported_date = following.reporting_date
),

final as (
    select
        known.instrument_id,
        known.reporting_date,
        coalesce(
            lead(known.reporting_date) over (partition by known.instrument_id order by known.reporting_date),
            exits.exit_reporting_date
        ) as next_reporting_date,
        exits.exit_reporting_date,
        known.source_system,
        known.facility_id,
        known.customer_id,
        {%- for column in canonical_columns('instrument')[4:] %}
            known.{{ column.name }},
        {%- endfor %}
        known.batch_id,
        known.source_row,
        known.known_at,
        known.dq_flag or exits.last_reported_date > max(known.reporting_date) over (partition by known.instrument_id)
            as dq_flag
    from known
    inner join exits
        on
            known.source_system = exits.source_system
            and known.instrument_id = exits.instrument_id
)

select * from final
