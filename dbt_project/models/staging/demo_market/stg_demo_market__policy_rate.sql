{# Delivered in percent, a fraction here. #}
with source as (
    select * from {{ source('demo_market', 'policy_rates') }}
),

final as (
    select
        cast(rate_name as string) as rate_name,
        cast(rate_date as date) as rate_date,
        cast(cast(rate_pct as decimal(12, 8)) / 100 as decimal(12, 8)) as rate,
        {{ lineage('demo_market') }}
    from source
)

select * from final
