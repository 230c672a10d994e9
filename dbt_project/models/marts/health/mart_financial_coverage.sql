{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_partition() }}',
        on_schema_change='fail'
    )
}}
{#
  How many customers of a source have each ratio (指标覆盖率): a number, a status that says something without one, or
  nothing. What the sources' layouts can and cannot tell.
#}
{%- set names = (financial_ratios().keys() | list) + ['e5_cash_conversion_days'] %}
with health as (
    select * from {{ ref('mart_financial_health') }}
    where as_of_date = {{ as_of_date() }}
),

counts as (
    select
        source_system,
        {%- for name in names %}
            sum(case when {{ name }} is not null then 1 else 0 end) as {{ name }}_numbers,
            sum(case when {{ name }}_status = 'missing_input' then 1 else 0 end) as {{ name }}_missing,
        {%- endfor %}
        count(*) as customer_count
    from health
    group by source_system
),

ratios as (
    select
        counts.source_system,
        counts.customer_count,
        catalogue.ratio_id,
        case catalogue.column_name
            {%- for name in names %}
                when '{{ name }}' then counts.{{ name }}_numbers
            {%- endfor %}
        end as number_count,
        case catalogue.column_name
            {%- for name in names %}
                when '{{ name }}' then counts.{{ name }}_missing
            {%- endfor %}
        end as missing_count
    from counts
    cross join {{ ref('financial_ratio') }} as catalogue
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        source_system,
        ratio_id,
        cast(customer_count as bigint) as customer_count,
        cast(number_count as bigint) as number_count,
        cast(customer_count - number_count - missing_count as bigint) as special_count,
        cast(missing_count as bigint) as missing_count,
        cast({{ exact_ratio('100 * number_count', 'customer_count') }} as decimal(5, 2)) as number_share_pct
    from ratios
)

select * from final
