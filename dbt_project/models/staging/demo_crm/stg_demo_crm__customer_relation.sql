{# Both ends are customers of the core system. #}
with source as (
    select * from {{ source('demo_crm', 'relations') }}
),

final as (
    select
        cast('demo:' || from_no as string) as from_customer_id,
        cast('demo:' || to_no as string) as to_customer_id,
        cast(relation_type as string) as relation_type,
        cast(valid_from_date as date) as valid_from_date,
        cast(valid_to_date as date) as valid_to_date,
        cast(share_pct as decimal(9, 6)) as share_pct,
        cast(is_cross_holding as boolean) as is_cross_holding,
        {{ lineage('demo_crm') }}
    from source
)

select * from final
