{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_partition() }}',
        on_schema_change='fail'
    )
}}
with customers as (
    select * from {{ ref('pub_segment_customer_v1') }}
    where as_of_date = {{ as_of_date() }}
),

final as (
    select
        as_of_date,
        segment_code,
        segment_en,
        segment_zh,
        product_family,
        currency,
        cast(count(*) as bigint) as customer_count,
        cast(sum(exposure_amt) as decimal(20, 2)) as exposure_amt,
        cast({{ exact_ratio('sum(value_score)', 'count(value_score)') }} as decimal(7, 4)) as value_score_avg,
        config_version
    from customers
    group by as_of_date, segment_code, segment_en, segment_zh, product_family, currency, config_version
)

select * from final
