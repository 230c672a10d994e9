{# A hit comes again when something about it changed; its latest row counts. #}
with source as (
    select * from {{ source('demo_crm', 'screenings') }}
),

final as (
    select
        cast('demo:' || hit_no as string) as hit_id,
        cast('demo:' || customer_no as string) as customer_id,
        cast(list_type as string) as list_type,
        cast(list_name as string) as list_name,
        cast(hit_date as date) as hit_date,
        cast(decision as string) as decision,
        cast(decision_date as date) as decision_date,
        cast(valid_to_date as date) as valid_to_date,
        {{ lineage('demo_crm') }}
    from source
)

select * from final
