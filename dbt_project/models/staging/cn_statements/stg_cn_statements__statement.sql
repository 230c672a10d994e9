{#
  One statement a year: wherever the balance sheet has total assets. The sheets carry the group's minority interest, so
  they are the consolidated ones. Neither an auditor's opinion nor the day of publication is printed (docs page).
#}
with source as (
    select * from {{ source('cn_statements', 'balance_sheet') }}
    where item like '资产总计%' and amount is not null
),

final as (
    select
        cast('cn_statements:unnamed:' || cast(period_end_date as string) as string) as statement_id,
        cast('cn_statements:unnamed' as string) as customer_id,
        cast('ASBE' as string) as gaap,
        cast('consolidated' as string) as scope,
        cast('annual' as string) as period_type,
        cast({{ plus_days(plus_months('period_end_date', '-12'), 1) }} as date) as period_start_date,
        cast(period_end_date as date) as period_end_date,
        cast(extract(year from period_end_date) as integer) as fiscal_year,
        cast(true as boolean) as is_cumulative,
        cast('CNY' as string) as currency,
        cast(10000 as bigint) as unit_multiplier,
        cast(null as boolean) as is_audited,
        cast(null as string) as audit_opinion,
        cast(null as integer) as statement_version,
        cast(null as date) as published_date,
        cast(cast(period_end_date as string) as string) as source_reference,
        {{ not_reported('statement', ['supersedes_statement_id', 'received_date']) }}
        {{ lineage('cn_statements') }}
    from source
)

select * from final
