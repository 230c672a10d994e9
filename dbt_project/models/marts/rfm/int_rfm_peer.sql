{#
  Which peers a customer is ranked among (spec §1.5): the narrowest of four levels whose group has at least
  `peer_group_minimum` customers: 0 family, industry and size; 1 family and industry; 2 family; 3 the portfolio, as far as
  it shares one definition of M (spec §1.2: never two in one group).
  One row a customer and level; the scores are computed for all four and the chosen one is kept, so that a customer
  without a group of its own is ranked among everybody in the broader one.
#}
with levels as (
    select 0 as peer_level
    union all
    select 1 as peer_level
    union all
    select 2 as peer_level
    union all
    select 3 as peer_level
),

members as (
    select
        population.customer_id,
        levels.peer_level,
        case levels.peer_level
            when 0
                then
                    population.product_family || '|' || coalesce(population.industry_section, '-') || '|'
                    || coalesce(population.enterprise_size, '-')
            when 1 then population.product_family || '|' || coalesce(population.industry_section, '-')
            when 2 then population.product_family
            else 'portfolio|' || coalesce(families.m_measure, 'm_volume_cum')
        end as peer_key
    from {{ ref('int_rfm_customer') }} as population
    cross join levels
    left join {{ ref('product_family') }} as families
        on population.product_family = families.product_family
    where population.is_ranked
),

counted as (
    select
        *,
        count(*) over (partition by peer_level, peer_key) as peer_count
    from members
),

chosen as (
    select
        customer_id,
        min(case when peer_count >= {{ var('peer_group_minimum') }} or peer_level = 3 then peer_level end)
            as peer_level
    from counted
    group by customer_id
),

final as (
    select
        counted.customer_id,
        counted.peer_level,
        counted.peer_key,
        counted.peer_count,
        counted.peer_level = chosen.peer_level as is_chosen,
        case when counted.peer_count >= {{ var('peer_group_minimum') }} then 'midrank' else 'expert' end
            as scoring_basis
    from counted
    inner join chosen
        on counted.customer_id = chosen.customer_id
)

select * from final
