{{ config(materialized='table') }}
{#
  The indicators of the financial-health score (财务健康分指标), one row a customer and indicator, of firms that the score is
  made for: not financial institutions and project companies, which have measures of their own.
#}
{%- set scored = scored_ratios() %}
with firms as (
    select
        ratios.*,
        statements.industry_section,
        statements.enterprise_size
    from {{ ref('int_health_statement') }} as statements
    inner join {{ ref('int_health_ratio') }} as ratios
        on statements.customer_id = ratios.customer_id
    where coalesce(statements.customer_type not in ('financial', 'project_spv'), true)
),

catalogue as (
    select
        ratio_id,
        block,
        weight,
        better,
        plateau
    from {{ ref('financial_ratio') }}
    where weight is not null
),

indicators as (
    select
        firms.customer_id,
        firms.industry_section,
        firms.enterprise_size,
        catalogue.*,
        case catalogue.ratio_id
            {%- for ratio_id, name in scored.items() %}
                when '{{ ratio_id }}' then firms.{{ name }}
            {%- endfor %}
        end as ratio_value,
        case catalogue.ratio_id
            {%- for ratio_id, name in scored.items() %}
                when '{{ ratio_id }}' then firms.{{ name }}_status
            {%- endfor %}
        end as ratio_status,
        case when catalogue.ratio_id = 'W1' then firms.w1_revenue_growth_direction end as direction
    from firms
    cross join catalogue
),

final as (
    {{ oriented_indicators('indicators') }}
)

select * from final
