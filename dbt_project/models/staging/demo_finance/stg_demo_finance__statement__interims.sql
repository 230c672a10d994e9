{# Quarters to date are of the company alone and nobody audits them; their flows run from the start of the year. #}
with source as (
    select * from {{ source('demo_finance', 'interims') }}
),

final as (
    select
        cast('demo:' || statement_no as string) as statement_id,
        cast('demo:' || customer_no as string) as customer_id,
        cast('ASBE' as string) as gaap,
        cast('single' as string) as scope,
        cast(period_type as string) as period_type,
        cast(period_start_date as date) as period_start_date,
        cast(period_end_date as date) as period_end_date,
        cast(extract(year from period_end_date) as integer) as fiscal_year,
        cast(true as boolean) as is_cumulative,
        cast('CNY' as string) as currency,
        cast(unit_multiplier as bigint) as unit_multiplier,
        cast(false as boolean) as is_audited,
        cast(null as string) as audit_opinion,
        cast(1 as integer) as statement_version,
        cast(published_date as date) as published_date,
        cast(statement_no as string) as source_reference,
        cast(null as string) as supersedes_statement_id,
        cast(received_date as date) as received_date,
        {{ lineage('demo_finance') }}
    from source
)

select * from final
