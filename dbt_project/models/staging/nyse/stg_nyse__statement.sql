{#
  One statement a ticker and year: wherever total assets are printed. The fiscal year is the file's where it is possible
  (1215 is not, and 173 rows have none), else the year of the period's end. Whether it was audited and when it was
  published is not said.
#}
with source as (
    select * from {{ source('nyse', 'fundamentals') }}
    where label = 'Total Assets'
),

final as (
    select
        cast('nyse:' || ticker_symbol || ':' || cast(period_ending as string) as string) as statement_id,
        cast('nyse:' || ticker_symbol as string) as customer_id,
        cast('US-GAAP' as string) as gaap,
        cast('consolidated' as string) as scope,
        cast('annual' as string) as period_type,
        cast(
            {{ plus_days(dbt.last_day(plus_months('period_ending', '-12'), 'month'), 1) }} as date
        ) as period_start_date,
        cast(period_ending as date) as period_end_date,
        cast(
            case
                when for_year between extract(year from period_ending) - 1 and extract(year from period_ending) + 1
                    then for_year
                else extract(year from period_ending)
            end as integer
        ) as fiscal_year,
        cast(true as boolean) as is_cumulative,
        cast('USD' as string) as currency,
        cast(1 as bigint) as unit_multiplier,
        cast(null as boolean) as is_audited,
        cast(null as string) as audit_opinion,
        cast(null as integer) as statement_version,
        cast(null as date) as published_date,
        cast(row_key as string) as source_reference,
        {{ not_reported('statement', ['supersedes_statement_id', 'received_date']) }}
        {{ lineage('nyse') }}
    from source
)

select * from final
