with source as (
    select * from {{ source('demo_finance', 'evidence') }}
),

final as (
    select
        cast('demo:' || customer_no as string) as customer_id,
        cast(period_end_date as date) as period_end_date,
        cast(evidence_type as string) as evidence_type,
        cast(amount as decimal(20, 2)) as evidence_amt,
        cast(currency as string) as currency,
        {{ lineage('demo_finance') }}
    from source
)

select * from final
