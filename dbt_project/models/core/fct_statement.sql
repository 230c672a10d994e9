{#
  Published statements as known at the cutoff, restated ones beside their restatements.

  Version (spec §2(b)): the one that the source declares. Where a source does not number its versions, they are here, per
  customer, scope, period end and period type, in the order of publication (then of the source's reference, which rises
  with the time of filing at one filer, then of the statement id). Quarantined statements keep their number, so that a
  verdict never renumbers the others.

  Current is the highest accepted version, and within one version the audited before the unaudited issue. It is flagged
  (`dq_flag`) where a higher one is known but was quarantined. What a version supersedes is what the source says; where
  the versions are numbered here it is the version before.

  Currency: the one that the source declares, else the one that most lines of the statement are in.
#}
with accepted as (
    select * from {{ as_known('statement', ['statement_id']) }} as accepted_row
),

known as (
    select
        *,
        row_number() over (
            partition by statement_id
            order by {{ latest_first('known_row') }}
        ) as recency
    from {{ known_rows('statement') }} as known_row
),

numbered as (
    select
        statement_id,
        coalesce(
            statement_version,
            cast(row_number() over (
                partition by customer_id, scope, period_end_date, period_type
                order by published_date asc nulls last, source_reference asc nulls last, statement_id asc
            ) as integer)
        ) as statement_version,
        case
            when statement_version is null
                then lag(statement_id) over (
                    partition by customer_id, scope, period_end_date, period_type
                    order by published_date asc nulls last, source_reference asc nulls last, statement_id asc
                )
        end as preceding_statement_id,
        customer_id,
        scope,
        period_end_date,
        period_type
    from known
    where recency = 1 and (is_quarantined or not coalesce(is_deleted, false))
),

newest as (
    select
        customer_id,
        scope,
        period_end_date,
        period_type,
        max(statement_version) as newest_version
    from numbered
    group by customer_id, scope, period_end_date, period_type
),

line_currencies as (
    select
        statement_id,
        currency,
        row_number() over (partition by statement_id order by count(*) desc, currency asc) as frequency_rank
    from {{ ref('int_statement_line') }}
    where currency is not null
    group by statement_id, currency
),

versions as (
    select
        accepted.*,
        coalesce(numbered.statement_version, accepted.statement_version, 1) as resolved_version,
        coalesce(accepted.supersedes_statement_id, numbered.preceding_statement_id) as resolved_supersedes,
        coalesce(accepted.currency, line_currencies.currency) as resolved_currency
    from accepted
    left join numbered
        on accepted.statement_id = numbered.statement_id
    left join line_currencies
        on
            accepted.statement_id = line_currencies.statement_id
            and line_currencies.frequency_rank = 1
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, scope, period_end_date, period_type
            order by
                resolved_version desc,
                case when is_audited then 1 else 2 end asc,
                published_date desc nulls last,
                statement_id desc
        ) as version_recency
    from versions
),

final as (
    select
        ranked.statement_id,
        ranked.source_system,
        ranked.customer_id,
        ranked.gaap,
        ranked.scope,
        ranked.period_type,
        ranked.period_start_date,
        ranked.period_end_date,
        cast(
            (extract(year from ranked.period_end_date) - extract(year from ranked.period_start_date)) * 12
            + extract(month from ranked.period_end_date) - extract(month from ranked.period_start_date) + 1
            as integer
        ) as period_months,
        ranked.fiscal_year,
        ranked.is_cumulative,
        ranked.resolved_currency as currency,
        ranked.unit_multiplier,
        ranked.is_audited,
        ranked.audit_opinion,
        ranked.resolved_version as statement_version,
        ranked.version_recency = 1 as is_current_version,
        ranked.resolved_supersedes as supersedes_statement_id,
        ranked.published_date,
        ranked.received_date,
        ranked.source_reference,
        ranked.batch_id,
        ranked.source_row,
        ranked.known_at,
        ranked.dq_flag
        or (ranked.version_recency = 1 and coalesce(newest.newest_version > ranked.resolved_version, false)) as dq_flag
    from ranked
    left join newest
        on
            ranked.customer_id = newest.customer_id
            and ranked.scope = newest.scope
            and ranked.period_end_date = newest.period_end_date
            and ranked.period_type = newest.period_type
)

select * from final
