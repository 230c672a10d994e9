{#
  What the latest delivery of each source for each reporting date says, quarantined rows included: of several deliveries
  for one date the latest counts whole, so what a correction leaves out is not reported for that date. Rows that were
  corrected one by one belong to the delivery that they correct. A tombstone reports nothing. For entities whose feeds
  deliver full snapshots.
#}
{% macro reported_rows(entity, key) %}
(
    select
        known.source_system,
        known.{{ key }},
        known.reporting_date
    from (
        select
            known_row.source_system,
            known_row.{{ key }},
            known_row.reporting_date,
            known_row.is_quarantined or not coalesce(known_row.is_deleted, false) as is_report,
            known_row.delivery_id,
            first_value(known_row.delivery_id) over (
                partition by known_row.source_system, known_row.reporting_date
                order by known_row.business_date desc, known_row.delivery_known_at desc, known_row.delivery_id desc
            ) as latest_delivery_id
        from {{ known_rows(entity) }} as known_row
    ) as known
    where known.delivery_id = known.latest_delivery_id and known.is_report
    group by known.source_system, known.{{ key }}, known.reporting_date
)
{% endmacro %}
