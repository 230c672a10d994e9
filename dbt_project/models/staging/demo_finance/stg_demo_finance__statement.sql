{# Customers are those of the core banking system, so ids carry its prefix. #}
with source as (
    select * from {{ source('demo_finance', 'statements') }}
),

final as (
    select
        cast('demo:' || statement_no as string) as statement_id,
        cast('demo:' || customer_no as string) as customer_id,
        cast(gaap as string) as gaap,
        cast(scope as string) as scope,
        cast(period_type as string) as period_type,
        cast(period_start_date as date) as period_start_date,
        cast(period_end_date as date) as period_end_date,
        cast(fiscal_year as integer) as fiscal_year,
        cast(true as boolean) as is_cumulative,
        cast(currency as string) as currency,
        cast(unit_multiplier as bigint) as unit_multiplier,
        cast(is_audited as boolean) as is_audited,
        cast(audit_opinion as string) as audit_opinion,
        cast(statement_version as integer) as statement_version,
        cast(published_date as date) as published_date,
        cast(statement_no as string) as source_reference,
        cast('demo:' || supersedes_statement_no as string) as supersedes_statement_id,
        cast(received_date as date) as received_date,
        {{ lineage('demo_finance') }}
    from source
)

select * from final
