{#
  How the financial-health score FHS v1 (财务健康分, spec §3.6) is made of indicators and standard values. Each macro is a query;
  its arguments are names of relations.
#}

{#
  The mark of each indicator by the efficacy method (功效系数法), as a share of its weight: 1.0 at or above s90, 0.2 at s10,
  zero below, linear between two standard values. Peers: section and size, else section, else all, the narrowest that
  has standards. Before scoring a value is winsorised to P1 and P99 of the peers (`is_capped`); the stored value is not. A
  ratio of a stale statement is worth `health_stale_multiplier` of its mark.

  `score_status`: scored, full_marks, zero_marks, partial_marks; else why not: missing_input, not_applicable, no_standard.
#}
{% macro indicator_marks(indicators, standards) -%}
    with indicators as (
        select * from {{ indicators }}
    ),

    standards as (
        select * from {{ standards }}
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
    )

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
{%- endmacro %}

{#
  The score of a firm, 0 to 100. Missing indicators: their weight is shared out inside the block; a block that loses more
  than half of its weight counts only what it has left, so that the rest is shared out over all blocks, and confidence is
  low; above `health_missing_limit` of the whole weight there is no score. Then overrides: unaudited times 0.9, adverse
  opinion or disclaimer at most 40, negative equity at most 30. Unaudited is what its source calls so, not what it leaves
  open. Reasons: the three indicators that lost the most of their weight.
#}
{% macro health_scores(marks, statements, figures) -%}
    with scores as (
        select * from {{ marks }}
    ),

    blocks as (
        select
            customer_id,
            block,
            sum(weight) as block_weight,
            sum(case when coefficient is null then 0 else weight end) as known_weight,
            coalesce(sum(cast(weight * coefficient as decimal(18, 8))), 0) as earned_points,
            max(case when score_status = 'no_standard' then 1 else 0 end) as lacks_standard,
            max(standard_version) as standard_version,
            max(standard_source) as standard_source
        from scores
        group by customer_id, block
    ),

    counted as (
        select
            *,
            2 * known_weight < block_weight as is_depleted,
            case when 2 * known_weight < block_weight then known_weight else block_weight end as counted_weight,
            case
                when 2 * known_weight < block_weight then earned_points
                else {{ exact_ratio('earned_points * block_weight', 'known_weight', 8) }}
            end as counted_points
        from blocks
    ),

    summed as (
        select
            customer_id,
            sum(block_weight) as total_weight,
            sum(block_weight - known_weight) as missing_weight,
            sum(counted_weight) as counted_weight,
            sum(cast(counted_points as decimal(18, 8))) as counted_points,
            max(case when is_depleted then 1 else 0 end) = 1 as has_depleted_block,
            max(lacks_standard) = 1 as lacks_standard,
            max(standard_version) as standard_version,
            {%- for block in health_blocks() %}
                max(case when block = '{{ block }}' then counted_points end) as {{ block }}_points,
            {%- endfor %}
            max(standard_source) as standard_source
        from counted
        group by customer_id
    ),

    judged as (
        select
            summed.*,
            coalesce(statements.is_audited, true) as is_audited,
            coalesce(statements.audit_opinion in ('adverse', 'disclaimer'), false) as has_bad_opinion,
            coalesce(figures.total_equity_amt < 0, false) as has_negative_equity,
            statements.is_stale,
            summed.missing_weight > summed.total_weight * cast({{ var('health_missing_limit') }} as decimal(4, 2))
                as is_unscored
        from summed
        inner join {{ statements }} as statements
            on summed.customer_id = statements.customer_id
        inner join {{ figures }} as figures
            on summed.customer_id = figures.customer_id
    ),

    plain as (
        select
            *,
            case
                when not is_unscored then {{ exact_ratio('100 * counted_points', 'counted_weight', 8) }}
            end as plain_score
        from judged
    ),

    multiplied as (
        select
            *,
            plain_score
            * case when is_audited then 1 else cast({{ var('health_unaudited_multiplier') }} as decimal(4, 2)) end
                as audited_score,
            case
                when has_negative_equity then {{ var('health_negative_equity_cap') }}
                when has_bad_opinion then {{ var('health_adverse_opinion_cap') }}
                else 100
            end as score_cap
        from plain
    ),

    scored as (
        select
            *,
            cast(case when audited_score > score_cap then score_cap else audited_score end as decimal(7, 4)) as fhs_score
        from multiplied
    ),

    bands as (
        select
            scored.customer_id,
            max(bands.least_score) as least_score
        from scored
        inner join {{ ref('financial_band') }} as bands
            on scored.fhs_score >= bands.least_score
        group by scored.customer_id
    ),

    losses as (
        select
            customer_id,
            ratio_id
            || case ratio_status
                when 'zero_den_bad' then '_ZERO_DEN'
                when 'neg_den' then '_NEG_DEN'
                when 'neg_base' then '_NEG_BASE'
                else '_WEAK'
            end as reason_code,
            row_number() over (
                partition by customer_id
                order by weight * (1 - coefficient) desc, weight desc, ratio_id asc
            ) as place
        from scores
        where coefficient < 1
    ),

    reasons as (
        select
            customer_id,
            max(case when place = 1 then reason_code end) as reason_1,
            max(case when place = 2 then reason_code end) as reason_2,
            max(case when place = 3 then reason_code end) as reason_3
        from losses
        where place <= 3
        group by customer_id
    )

    select
        scored.customer_id,
        scored.fhs_score,
        cast(
            case
                when scored.fhs_score is null and scored.lacks_standard then 'no_standard'
                when scored.fhs_score is null then 'missing_input'
                when scored.is_stale then 'stale'
                else 'ok'
            end as string
        ) as fhs_status,
        band_names.band as fhs_band,
        cast(
            case when scored.is_unscored then null when scored.has_depleted_block then 'low' else 'normal' end as string
        ) as fhs_confidence,
        cast(scored.plain_score as decimal(7, 4)) as fhs_plain_score,
        scored.fhs_score is not null and not scored.is_audited as is_unaudited_discount,
        cast(
            case
                when scored.fhs_score is null or scored.audited_score <= scored.score_cap then null
                when scored.has_negative_equity then 'negative_equity'
                else 'adverse_opinion'
            end as string
        ) as fhs_cap,
        cast(scored.missing_weight as integer) as fhs_missing_weight_pct,
        {%- for block in health_blocks() %}
            cast(
                case
                    when not scored.is_unscored
                        then {{ exact_ratio('100 * scored.' ~ block ~ '_points', 'scored.counted_weight', 8) }}
                end as decimal(7, 4)
            ) as fhs_{{ block }}_points,
        {%- endfor %}
        case when scored.fhs_score is not null then reasons.reason_1 end as fhs_reason_1_code,
        case when scored.fhs_score is not null then reasons.reason_2 end as fhs_reason_2_code,
        case when scored.fhs_score is not null then reasons.reason_3 end as fhs_reason_3_code,
        scored.standard_version as fhs_standard_version,
        scored.standard_source as fhs_standard_source
    from scored
    left join bands
        on scored.customer_id = bands.customer_id
    left join {{ ref('financial_band') }} as band_names
        on bands.least_score = band_names.least_score
    left join reasons
        on scored.customer_id = reasons.customer_id
{%- endmacro %}
