{#
  One filing is one published statement. Rules (docs/sources/sec.md):
  - the period type follows the fiscal period, and the form where that is empty: FY or an annual form (10-K, 20-F, 40-F)
    is annual, H1 and H2 are semi, everything else is quarter;
  - interim filings are cumulative from the start of the fiscal year, which lies 3, 6 or 9 months (Q1, Q2, Q3) before
    the end of the period; without a fiscal period the start stays open;
  - only annual forms are audited: a 10-Q is reviewed at most, and an 8-K or 6-K does not say;
  - the currency stays open, because the header has none: core takes the one the numbers are in;
  - the version stays open too: the source does not number its versions, and an amendment may lack its original or
    stand in another delivery. Core numbers the filings of one customer, scope, period end and period type.
#}
with source as (
    select * from {{ source('sec', 'sub') }}
),

classified as (
    select
        *,
        case
            when fp = 'FY' or form like '10-K%' or form like '20-F%' or form like '40-F%' then 'annual'
            when fp in ('H1', 'H2') then 'semi'
            else 'quarter'
        end as period_type,
        form like '10-K%' or form like '20-F%' or form like '40-F%' as is_annual_form
    from source
),

measured as (
    select
        *,
        case
            when period_type = 'annual' or fp in ('Q4', 'H2') then 12
            when fp = 'Q3' then 9
            when fp in ('Q2', 'H1') then 6
            when fp = 'Q1' then 3
        end as months_to_date
    from classified
),

final as (
    select
        cast('sec:' || adsh as string) as statement_id,
        cast('sec:' || cik as string) as customer_id,
        cast('US-GAAP' as string) as gaap,
        cast('consolidated' as string) as scope,
        cast(period_type as string) as period_type,
        cast(
            {{ plus_days(dbt.last_day(plus_months('period', '-months_to_date'), 'month'), 1) }} as date
        ) as period_start_date,
        cast(period as date) as period_end_date,
        cast(coalesce(fy, extract(year from period)) as integer) as fiscal_year,
        cast(true as boolean) as is_cumulative,
        cast(null as string) as currency,
        cast(1 as bigint) as unit_multiplier,
        cast(is_annual_form as boolean) as is_audited,
        cast(null as string) as audit_opinion,
        cast(null as integer) as statement_version,
        cast(filed as date) as published_date,
        cast(adsh as string) as source_reference,
        {{ not_reported('statement', ['supersedes_statement_id', 'received_date']) }}
        {{ lineage('sec') }}
    from measured
)

select * from final
