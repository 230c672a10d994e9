{{ config(materialized='table') }}
{#
  The mark of each indicator by the efficacy method (功效系数法, spec §3.6), as a share of its weight: 1.0 at or above s90, 0.2
  at s10, zero below, linear between two standard values. Peers: section and size, else section, else all, the narrowest
  that has standards. Before scoring a value is winsorised to P1 and P99 of the peers (`is_capped`); the stored value is
  not. A ratio of a stale statement is worth `health_stale_multiplier` of its mark.

  `score_status`: scored, full_marks, zero_marks, partial_marks; else why not: missing_input, not_applicable, no_standard.
#}
with indicators as (
    select * from {{ ref('int_health_indicator') }}
),

standards as (
    select * from {{ ref('int_health_standard') }}
),

graded as (
    select
        indicators.*,
        {%- for column in [
            'standard_version', 'standard_source', 'peer_key', 'peer_level', 's01', 's10', 's30', 's50', 's70', 's90', 's99'
        ] %}
            {{ narrowest_peer(column) }} as {{ column }},
        {%- endfor %}
        {{ narrowest_peer('peer_count') }} as peer_count
    from indicators
    left join standards as of_size
        on
            indicators.ratio_id = of_size.ratio_id
            and of_size.peer_level = 0
            and indicators.industry_section || '|' || indicators.enterprise_size = of_size.peer_key
    left join standards as of_section
        on
            indicators.ratio_id = of_section.ratio_id
            and of_section.peer_level = 1
            and indicators.industry_section = of_section.peer_key
    left join standards as of_all
        on
            indicators.ratio_id = of_all.ratio_id
            and of_all.peer_level = 2
),

winsorised as (
    select
        *,
        coalesce(oriented_value < s01 or oriented_value > s99, false) as is_capped,
        case when oriented_value < s01 then s01 when oriented_value > s99 then s99 else oriented_value end
            as scored_value
    from graded
),

-- The two standard values around the value: `level_count` of the five are at or below it.
placed as (
    select
        *,
        case
            when scored_value >= s90 then 5
            when scored_value >= s70 then 4
            when scored_value >= s50 then 3
            when scored_value >= s30 then 2
            when scored_value >= s10 then 1
            when scored_value < s10 then 0
        end as level_count
    from winsorised
),

between_standards as (
    select
        *,
        case level_count when 4 then s70 when 3 then s50 when 2 then s30 when 1 then s10 end as lower_standard,
        case level_count when 4 then s90 when 3 then s70 when 2 then s50 when 1 then s30 end as upper_standard
    from placed
),

efficacy as (
    select
        *,
        case
            when mark is not null then mark
            when level_count = 5 then 1
            when level_count = 0 then 0
            else
                cast(0.2 as decimal(2, 1)) * level_count
                + cast(0.2 as decimal(2, 1))
                * {{ exact_ratio('scored_value - lower_standard', 'upper_standard - lower_standard', 8) }}
        end as fresh_coefficient
    from between_standards
),

final as (
    select
        customer_id,
        ratio_id,
        block,
        weight,
        better,
        ratio_value,
        ratio_status,
        direction,
        cast(
            case
                when ratio_status = 'zero_den_good' then 'full_marks'
                when ratio_status in ('zero_den_bad', 'neg_den') then 'zero_marks'
                when ratio_status = 'neg_base' then 'partial_marks'
                when ratio_status in ('missing_input', 'not_applicable') then ratio_status
                when s50 is null then 'no_standard'
                when is_capped then 'capped'
                else 'scored'
            end as string
        ) as score_status,
        cast(
            fresh_coefficient
            * case
                when ratio_status = 'stale' then cast({{ var('health_stale_multiplier') }} as decimal(4, 2))
                else 1
            end
            as decimal(10, 8)
        ) as coefficient,
        standard_version,
        standard_source,
        {%- for q in ['10', '30', '50', '70', '90'] %}
            cast(case when better = 'low' then -s{{ q }} else s{{ q }} end as decimal(20, 8)) as s{{ q }},
        {%- endfor %}
        peer_level,
        peer_key,
        peer_count
    from efficacy
)

select * from final
