{#
  Lines of statements as known at the cutoff, every label, mapped or not: the common ground of fct_statement_line and
  of the list of unmapped labels.

  A statement is delivered whole, or in parts that a source names (`statement_part`: balance sheet, profit sheet and so
  on in files of their own), each of them whole. Lines of an earlier delivery of the part that its latest one no longer
  has are gone, unless the latest version of the line was quarantined: then its last accepted version stands in
  (`dq_flag`).
#}
with known as (
    select *
    from {{ as_known(
        'statement_line', ['statement_id', 'item_code', 'source_label', 'period_end_date', 'period_months', 'currency']
    ) }} as accepted
),

deliveries as (
    select
        statement_id,
        coalesce(statement_part, '') as statement_part,
        delivery_id,
        business_date,
        delivery_known_at
    from {{ known_rows('statement_line') }} as known_row
    group by statement_id, coalesce(statement_part, ''), delivery_id, business_date, delivery_known_at
),

ranked_deliveries as (
    select
        *,
        row_number() over (
            partition by statement_id, statement_part
            order by business_date desc, delivery_known_at desc, delivery_id desc
        ) as recency
    from deliveries
),

final as (
    select
        known.statement_id,
        known.item_code,
        known.source_label,
        known.period_end_date,
        known.period_months,
        known.line_amt,
        known.currency,
        known.source_system,
        known.batch_id,
        known.source_row,
        known.known_at,
        known.dq_flag
    from known
    inner join ranked_deliveries
        on
            known.statement_id = ranked_deliveries.statement_id
            and coalesce(known.statement_part, '') = ranked_deliveries.statement_part
            and known.delivery_id = ranked_deliveries.delivery_id
    where ranked_deliveries.recency = 1 or known.dq_flag
)

select * from final
