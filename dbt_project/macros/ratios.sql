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

{# DuckDB divides decimals as doubles: a function of the warehouse divides whole numbers (create_functions). #}
{% macro default__exact_ratio(numerator, denominator, digits) -%}
    exact_ratio_{{ digits }}({{ numerator }}, {{ denominator }})
{%- endmacro %}

{% macro spark__exact_ratio(numerator, denominator, digits) -%}
    cast(
        cast({{ numerator }} as decimal(24, {{ digits }})) / nullif(cast({{ denominator }} as decimal(24, {{ digits }})), 0)
        as decimal(30, 8)
    )
{%- endmacro %}

{#
  part / whole to 12 decimals, for shares of which a row must sum to 1 within a billionth; null where the whole is 0. Both
  are counts or amounts with two decimals, and the part is not larger than the whole.
#}
{% macro exact_share(part, whole) %}
    {{ return(adapter.dispatch('exact_share', 'lendmart')(part, whole)) }}
{% endmacro %}

{% macro default__exact_share(part, whole) -%}
    {%- set whole_part = 'cast(cast(' ~ part ~ ' as decimal(24, 2)) * 100 as hugeint)' -%}
    {%- set whole_whole = 'nullif(cast(cast(' ~ whole ~ ' as decimal(24, 2)) * 100 as hugeint), 0)' -%}
    cast(
        cast((2 * {{ whole_part }} * 1000000000000 + {{ whole_whole }}) // (2 * {{ whole_whole }}) as decimal(20, 0))
        * cast(0.000000000001 as decimal(12, 12))
        as decimal(14, 12)
    )
{%- endmacro %}

{% macro spark__exact_share(part, whole) -%}
    cast(
        cast({{ part }} as decimal(18, 2)) / nullif(cast({{ whole }} as decimal(18, 2)), 0)
        as decimal(14, 12)
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

{#
  A discount factor one period further: factor / (1 + rate * days / 360), with the yearly rate as a fraction and days of the
  year of 360. To 18 decimals by way of 25, halves up, so that engines agree in every digit.
#}
{% macro discounted(factor, rate, days) %}
    {{ return(adapter.dispatch('discounted', 'lendmart')(factor, rate, days)) }}
{% endmacro %}

{% macro default__discounted(factor, rate, days) -%}
    {%- set whole_factor = 'cast(cast(' ~ factor ~ ' as decimal(19, 18)) * 1000000000000000000 as hugeint)' -%}
    {%- set growth -%}
        (36000000000 + cast(cast({{ rate }} as decimal(12, 8)) * 100000000 as hugeint) * cast({{ days }} as hugeint))
    {%- endset -%}
    cast(
        cast(
            ((2 * {{ whole_factor }} * 360000000000000000 + {{ growth }}) // (2 * {{ growth }}) + 5000000) // 10000000
            as decimal(19, 0)
        ) * cast(0.000000000000000001 as decimal(18, 18))
        as decimal(19, 18)
    )
{%- endmacro %}

{% macro spark__discounted(factor, rate, days) -%}
    cast(
        cast({{ factor }} as decimal(19, 18)) * cast(36000000000 as decimal(11, 0))
        / cast(36000000000 + cast(cast({{ rate }} as decimal(12, 8)) * 100000000 as bigint) * {{ days }} as decimal(14, 0))
        as decimal(19, 18)
    )
{%- endmacro %}

{# The functions that models and whoever reads their views call; kept in the warehouse, made anew by each run of dbt. #}
{% macro create_functions() %}
    {{ return(adapter.dispatch('create_functions', 'lendmart')()) }}
{% endmacro %}

{#
  Of whole numbers x and y the quotient to 14, then to 8 decimals is the whole part of (2e14 x + 1000001 y) / (2e6 y), in
  1e-8: one division for two roundings.
#}
{% macro default__create_functions() -%}
    {% for digits in (4, 8) %}
    {%- set unit = 10 ** digits -%}
    {%- set whole_numerator = 'cast(abs(cast(numerator as decimal(24, ' ~ digits ~ '))) * ' ~ unit ~ ' as hugeint)' -%}
    {%- set whole_denominator = 'cast(abs(cast(denominator as decimal(24, ' ~ digits ~ '))) * ' ~ unit ~ ' as hugeint)' -%}
    create or replace macro main.exact_ratio_{{ digits }}(numerator, denominator) as cast(
        sign(numerator) * sign(denominator)
        * cast(
            (200000000000000 * {{ whole_numerator }} + 1000001 * {{ whole_denominator }})
            // nullif(2000000 * {{ whole_denominator }}, 0)
            as decimal(30, 0)
        )
        * cast(0.00000001 as decimal(8, 8))
        as decimal(30, 8)
    );
    {% endfor %}
{%- endmacro %}

{% macro spark__create_functions() %}{% endmacro %}
