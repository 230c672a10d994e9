with source as (
    select * from {{ source('demo_market', 'fx_rates') }}
),

final as (
    select
        cast(currency as string) as currency,
        cast(quote_currency as string) as quote_currency,
        cast(rate_date as date) as rate_date,
        cast(rate as decimal(20, 8)) as rate,
        {{ lineage('demo_market') }}
    from source
)

select * from final
