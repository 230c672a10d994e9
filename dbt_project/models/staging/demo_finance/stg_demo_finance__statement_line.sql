{# Each line has the multiplier of its unit beside it, so that no join is needed to state it in yuan. #}
with source as (
    select * from {{ source('demo_finance', 'statement_lines') }}
),

final as (
    select
        cast('demo:' || statement_no as string) as statement_id,
        cast(item_code as string) as item_code,
        cast(item_label as string) as source_label,
        cast(period_end_date as date) as period_end_date,
        cast(period_months as integer) as period_months,
        cast(amount * unit_multiplier as decimal(38, 4)) as line_amt,
        cast(currency as string) as currency,
        {{ not_reported('statement_line', ['statement_part']) }}
        {{ lineage('demo_finance') }}
    from source
)

select * from final
