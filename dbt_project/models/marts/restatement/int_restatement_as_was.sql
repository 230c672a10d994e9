{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_as_was() }}',
        on_schema_change='fail'
    )
}}
{# What was said of each customer when its date was told as it was. A run with another cutoff leaves it as it is. #}
with final as (
    select
        as_of_date,
        customer_id,
        {{ restated_names() }}
    from {{ ref('mart_customer_rfm') }}
    where
        as_of_date = {{ as_of_date() }}
        and cast('{{ var("knowledge_cutoff") }}' as timestamp) = cast('{{ var("as_was_cutoff") }}' as timestamp)
)

select * from final
