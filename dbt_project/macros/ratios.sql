{#
  Ratios of spec §3.1. Amounts go in with at most 17 digits before the decimal point (`ratio_amount` sees to it), and no
  step is floating point, so that the last digit is the same on every engine and with any number of threads.
#}

{# An amount as ratios take it; one too large to be an amount of money is no input. #}
{% macro ratio_amount(expression) -%}
    cast(case when abs({{ expression }}) < 100000000000000000 then {{ expression }} end as decimal(22, 4))
{%- endmacro %}

{#
  numerator / denominator to 8 decimals, halves away from zero by way of 14 decimals; null where the denominator is 0.
  `digits` is how many decimals of the two count: 4 for amounts, 8 for ratios, which may then have 12 before the point.
#}
{% macro exact_ratio(numerator, denominator, digits=4) %}
    {{ return(adapter.dispatch('exact_ratio', 'lendmart')(numerator, denominator, digits)) }}
{% endmacro %}

{# DuckDB divides decimals as doubles, so the division is made in whole numbers: ten-thousandths by ten-thousandths. #}
{% macro default__exact_ratio(numerator, denominator, digits) -%}
    {%- set type, unit = 'decimal(24, ' ~ digits ~ ')', 10 ** digits -%}
    {%- set whole_numerator = 'cast(abs(cast(' ~ numerator ~ ' as ' ~ type ~ ')) * ' ~ unit ~ ' as hugeint)' -%}
    {%- set whole_denominator = 'cast(abs(cast(' ~ denominator ~ ' as ' ~ type ~ ')) * ' ~ unit ~ ' as hugeint)' -%}
    {%- set digits_14 -%}
        (2 * {{ whole_numerator }} * 100000000000000 + {{ whole_denominator }}) // nullif(2 * {{ whole_denominator }}, 0)
    {%- endset -%}
    cast(
        sign({{ numerator }}) * sign({{ denominator }})
        * cast(({{ digits_14 }} + 500000) // 1000000 as decimal(30, 0))
        * cast(0.00000001 as decimal(8, 8))
        as decimal(30, 8)
    )
{%- endmacro %}

{% macro spark__exact_ratio(numerator, denominator, digits) -%}
    cast(
        cast({{ numerator }} as decimal(24, {{ digits }})) / nullif(cast({{ denominator }} as decimal(24, {{ digits }})), 0)
        as decimal(30, 8)
    )
{%- endmacro %}

{#
  Status of a ratio (spec §3.1): missing_input, then what the denominator says, then ok. `zero` and `negative` are the
  statuses of a denominator of 0 and below.
#}
{% macro ratio_status(numerator, denominator, zero, negative='neg_den') -%}
    case
        when {{ numerator }} is null or {{ denominator }} is null then 'missing_input'
        when {{ denominator }} = 0 then '{{ zero }}'
        when {{ denominator }} < 0 then '{{ negative }}'
        else 'ok'
    end
{%- endmacro %}

{# The value of a ratio whose status is ok; null otherwise. #}
{% macro ratio_value(status, numerator, denominator) -%}
    case when {{ status }} = 'ok' then {{ exact_ratio(numerator, denominator) }} end
{%- endmacro %}

{# What a ratio with a negative denominator would be: kept beside it, never scored. #}
{% macro ratio_raw(status, numerator, denominator) -%}
    case when {{ status }} = 'neg_den' then {{ exact_ratio(numerator, denominator) }} end
{%- endmacro %}

{# A good ratio from a statement older than it may be says so. #}
{% macro aged_status(status) -%}
    cast(case when {{ status }} = 'ok' and is_stale then 'stale' else {{ status }} end as string)
{%- endmacro %}

{# Zone of a Z score: above the upper cut safe, below the lower one distress, both cuts grey (spec §3.4). #}
{% macro altman_zone(score, upper, lower) -%}
    cast(
        case
            when not is_altman_applicable then null
            when {{ score }} > {{ upper }} then 'safe'
            when {{ score }} >= {{ lower }} then 'grey'
            when {{ score }} < {{ lower }} then 'distress'
        end as string
    )
{%- endmacro %}
