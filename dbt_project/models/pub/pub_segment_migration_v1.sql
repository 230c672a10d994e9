{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_pairs() }}',
        on_schema_change='fail'
    )
}}
{# Customers and exposure by segment a month before and now, with names; empty where there is no month before. #}
{% set ends = {'ENTERED': ['Entered', '新增'], 'EXITED': ['Exited', '退出']} %}
with pairs as (
    select * from {{ ref('int_baseline_pair') }}
),

cells as (
    select cells.*
    from {{ ref('mart_segment_migration') }} as cells
    inner join pairs
        on cells.as_of_date = pairs.to_as_of_date
),

names as (
    select
        segment_code,
        segment_en,
        segment_zh
    from {{ ref('segment') }}
    {%- for code, name in ends.items() %}

        union all

        select
            '{{ code }}' as segment_code,
            '{{ name[0] }}' as segment_en,
            '{{ name[1] }}' as segment_zh
    {%- endfor %}
),

final as (
    select
        cells.as_of_date,
        cells.from_as_of_date,
        cells.migration_kind,
        cells.from_segment_code,
        from_names.segment_en as from_segment_en,
        from_names.segment_zh as from_segment_zh,
        cells.to_segment_code,
        to_names.segment_en as to_segment_en,
        to_names.segment_zh as to_segment_zh,
        cells.currency,
        cells.customer_count,
        cells.row_share,
        cells.from_exposure_amt,
        cells.to_exposure_amt,
        cells.exposure_change_amt,
        cells.config_version
    from cells
    left join names as from_names
        on cells.from_segment_code = from_names.segment_code
    left join names as to_names
        on cells.to_segment_code = to_names.segment_code
)

select * from final
