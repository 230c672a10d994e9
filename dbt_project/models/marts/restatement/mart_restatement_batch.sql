{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_partition() }}',
        on_schema_change='fail'
    )
}}
{# The batches that became known after the date was told as it was, by the customers they touch (spec §11.5). #}
with final as (
    select
        {{ as_of_date() }} as as_of_date,
        customer_id,
        source_system,
        feed,
        batch_id,
        business_date,
        known_at,
        cause
    from {{ ref('int_late_batch') }}
)

select * from final
