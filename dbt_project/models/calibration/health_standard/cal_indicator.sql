{#
  Indicators of the health score as the marts of as_of_date hold them, oriented as within a run: what `lendmart calibrate` fits
  standard values on, and compares them over.
#}
with firms as (
    select
        customer_id,
        industry_section,
        enterprise_size
    from {{ ref('mart_financial_health') }}
    where as_of_date = {{ as_of_date() }}
),

indicators as (
    select
        firms.customer_id,
        firms.industry_section,
        firms.enterprise_size,
        marks.ratio_id,
        marks.block,
        marks.weight_pct as weight,
        catalogue.better,
        catalogue.plateau,
        marks.ratio_value,
        marks.ratio_status,
        marks.direction
    from {{ ref('mart_financial_indicator') }} as marks
    inner join firms
        on marks.customer_id = firms.customer_id
    inner join {{ ref('financial_ratio') }} as catalogue
        on marks.ratio_id = catalogue.ratio_id
    where marks.as_of_date = {{ as_of_date() }}
),

final as (
    {{ oriented_indicators('indicators') }}
)

select * from final
