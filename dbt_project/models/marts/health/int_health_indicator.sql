{{ config(materialized='table') }}
{#
  The indicators of the financial-health score (财务健康分指标), one row a customer and indicator, of firms that the score is
  made for: not financial institutions and project companies, which have measures of their own.

  `oriented_value` is what is compared: within ±100 million, not above the plateau of the ratio, and negated where lower
  is better, so that more is always better. `mark` is what a status without a number is worth, as a share of the weight
  (spec §3.1); null where the indicator is scored by its value or not at all.
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

compared as (
    select
        *,
        case
            when ratio_value > coalesce(plateau, 100000000) then coalesce(plateau, 100000000)
            when ratio_value < -100000000 then -100000000
            else ratio_value
        end as bounded_value
    from indicators
),

final as (
    select
        customer_id,
        industry_section,
        enterprise_size,
        ratio_id,
        block,
        weight,
        better,
        cast(ratio_value as decimal(30, 8)) as ratio_value,
        cast(ratio_status as string) as ratio_status,
        cast(direction as string) as direction,
        cast(case when better = 'low' then -bounded_value else bounded_value end as decimal(20, 8)) as oriented_value,
        cast(
            case
                when ratio_status = 'zero_den_good' then 1
                when ratio_status in ('zero_den_bad', 'neg_den') then 0
                when ratio_status = 'neg_base' and direction = 'turned_profit' then 0.6
                when ratio_status = 'neg_base' and direction = 'narrower_loss' then 0.4
                when ratio_status = 'neg_base' then 0
            end as decimal(2, 1)
        ) as mark
    from compared
)

select * from final
