{#
  Rank of each enterprise among its peers, one row a customer and measure (spec §4.3): the mid-rank percentile (2 lo +
  eq) / (2 N) in the three-digit industry, where at least `position_peer_minimum` peers have the figure, else in the
  section, else none. Ties share a rank.
#}
{%- set measures = {'rev': 'revenue_amt', 'margin': 'margin_ratio', 'growth': 'growth_ratio'} %}
with figures as (
    select * from {{ ref('int_industry_figure') }}
),

measured as (
    {%- for measure, column in measures.items() %}
        select
            customer_id,
            '{{ measure }}' as measure,
            currency,
            industry_section,
            industry_group,
            cast({{ column }} as decimal(30, 8)) as figure
        from figures
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

levels as (
    select
        *,
        1 as peer_level,
        industry_group as industry
    from measured

    union all

    select
        *,
        2 as peer_level,
        industry_section as industry
    from measured
),

ranked as (
    select
        customer_id,
        measure,
        peer_level,
        industry || '|' || currency as peer_group,
        count(*) over (partition by measure, peer_level, industry, currency) as peer_count,
        rank() over (partition by measure, peer_level, industry, currency order by figure) - 1 as lower_count,
        count(*) over (partition by measure, peer_level, industry, currency, figure) as equal_count
    from levels
    where figure is not null and industry is not null and currency is not null
),

chosen as (
    select
        *,
        row_number() over (partition by customer_id, measure order by peer_level) as preference
    from ranked
    where peer_count >= {{ var('position_peer_minimum') }}
),

final as (
    select
        measured.customer_id,
        measured.measure,
        cast({{ exact_ratio('2 * chosen.lower_count + chosen.equal_count', '2 * chosen.peer_count') }} as decimal(9, 8))
            as percentile,
        cast(
            case
                when measured.figure is null then 'missing_input'
                when measured.industry_section is null then 'no_industry'
                when chosen.customer_id is null then 'too_few_peers'
                else 'ok'
            end as string
        ) as percentile_status,
        cast(chosen.peer_group as string) as peer_group,
        cast(chosen.peer_count as integer) as peer_count
    from measured
    left join chosen
        on
            measured.customer_id = chosen.customer_id
            and measured.measure = chosen.measure
            and chosen.preference = 1
)

select * from final
