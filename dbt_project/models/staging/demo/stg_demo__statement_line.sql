{# Lines are delivered in 万元 with their multiplier beside them, so that no join is needed to state them in yuan. #}
with source as (
    select * from {{ source('demo', 'statement_lines') }}
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
        cast('demo' as string) as source_system,
        cast(batch_id as string) as batch_id,
        cast(source_row as bigint) as source_row,
        cast(business_date as date) as business_date,
        cast(known_at as timestamp) as known_at,
        cast(version_no as integer) as version_no,
        cast(false as boolean) as is_deleted
    from source
)

select * from final
