{{ config(materialized='table') }}
{#
  The standard values that this run scores by: the version in force (`audit.health_standard`, which the runner fills from
  the governed store; never a model), else those of this as_of_date's own firms (`provisional`), one row an indicator and
  peer group. Oriented like int_health_indicator; the table in force holds them as people write them.
#}
with in_force as (
    select
        standards.*,
        catalogue.better
    from audit.health_standard as standards
    inner join {{ ref('financial_ratio') }} as catalogue
        on standards.ratio_id = catalogue.ratio_id
),

versions as (
    select count(*) as standard_count from in_force
),

final as (
    select
        fitted.ratio_id,
        fitted.peer_level,
        fitted.peer_key,
        cast('provisional' as string) as standard_version,
        cast('fitted' as string) as standard_source,
        fitted.s01,
        fitted.s10,
        fitted.s30,
        fitted.s50,
        fitted.s70,
        fitted.s90,
        fitted.s99,
        fitted.peer_count
    from {{ ref('int_health_standard_fit') }} as fitted
    cross join versions
    where versions.standard_count = 0

    union all

    select
        ratio_id,
        peer_level,
        peer_key,
        standard_version,
        standard_source,
        {%- for q in ['01', '10', '30', '50', '70', '90', '99'] %}
            cast(case when better = 'low' then -s{{ q }} else s{{ q }} end as decimal(20, 8)) as s{{ q }},
        {%- endfor %}
        peer_count
    from in_force
)

select * from final
