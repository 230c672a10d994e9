{# What differs between DuckDB (embedded) and Spark (distributed), and nothing else. #}

{# Upper case, every run of characters that are neither letters nor digits becomes one blank, ends trimmed. #}
{% macro normalised_name(expression) %}
    {{ return(adapter.dispatch('normalised_name', 'lendmart')(expression)) }}
{% endmacro %}

{% macro default__normalised_name(expression) -%}
    trim(regexp_replace(upper({{ expression }}), '[^\p{L}\p{N}]+', ' ', 'g'))
{%- endmacro %}

{% macro spark__normalised_name(expression) -%}
    trim(regexp_replace(upper({{ expression }}), '[^\\p{L}\\p{N}]+', ' '))
{%- endmacro %}

{# Whole days from start to end. #}
{% macro days_between(start_date, end_date) %}
    {{ return(adapter.dispatch('days_between', 'lendmart')(start_date, end_date)) }}
{% endmacro %}

{% macro default__days_between(start_date, end_date) -%}
    date_diff('day', {{ start_date }}, {{ end_date }})
{%- endmacro %}

{% macro spark__days_between(start_date, end_date) -%}
    datediff({{ end_date }}, {{ start_date }})
{%- endmacro %}

{# A date moved by months (negative: back), the day clipped to the month's end. #}
{% macro plus_months(date_expression, months) %}
    {{ return(adapter.dispatch('plus_months', 'lendmart')(date_expression, months)) }}
{% endmacro %}

{% macro default__plus_months(date_expression, months) -%}
    cast({{ date_expression }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{% macro spark__plus_months(date_expression, months) -%}
    add_months({{ date_expression }}, {{ months }})
{%- endmacro %}

{#
  How many calendar months the dates up to as_of_date fall in, of the rows that meet a condition: an aggregate that sets a bit a
  month, which costs a fraction of a distinct count. The dates are at most 62 months before as_of_date.
#}
{% macro distinct_months(date_column, condition) %}
    {{ return(adapter.dispatch('distinct_months', 'lendmart')(date_column, condition)) }}
{% endmacro %}

{% macro default__distinct_months(date_column, condition) -%}
    bit_count(bit_or(case when {{ condition }} then cast(1 as bigint) << {{ months_before_as_of(date_column) }} end))
{%- endmacro %}

{% macro spark__distinct_months(date_column, condition) -%}
    bit_count(bit_or(
        case when {{ condition }} then shiftleft(cast(1 as bigint), {{ months_before_as_of(date_column) }}) end
    ))
{%- endmacro %}

{% macro months_before_as_of(date_column) -%}
    cast(
        (extract(year from {{ as_of_date() }}) - extract(year from {{ date_column }})) * 12
        + extract(month from {{ as_of_date() }}) - extract(month from {{ date_column }})
        as integer
    )
{%- endmacro %}

{# Keyed pseudonym (spec §8.3): a session function that the runner registers; the key is never in SQL text. #}
{% macro pseudonym(kind, expression) -%}
    pseudonym('{{ kind }}', {{ expression }})
{%- endmacro %}

{% macro as_of_date() -%}
    cast('{{ var("as_of_date") }}' as date)
{%- endmacro %}

{# A date moved by whole days. #}
{% macro plus_days(date_expression, days) %}
    {{ return(adapter.dispatch('plus_days', 'lendmart')(date_expression, days)) }}
{% endmacro %}

{% macro default__plus_days(date_expression, days) -%}
    cast({{ date_expression }} + {{ days }} as date)
{%- endmacro %}

{% macro spark__plus_days(date_expression, days) -%}
    date_add({{ date_expression }}, {{ days }})
{%- endmacro %}

{# A row for each date from the first to the last, of a row of a select list. #}
{% macro each_day(first_date, last_date) %}
    {{ return(adapter.dispatch('each_day', 'lendmart')(first_date, last_date)) }}
{% endmacro %}

{% macro default__each_day(first_date, last_date) -%}
    cast(unnest(generate_series({{ first_date }}, {{ last_date }}, interval 1 day)) as date)
{%- endmacro %}

{% macro spark__each_day(first_date, last_date) -%}
    explode(sequence({{ first_date }}, {{ last_date }}, interval 1 day))
{%- endmacro %}

{# A UTC timestamp as the clock on the wall shows it where customers are contacted (spec §9.1: all times local). #}
{% macro local_time(timestamp_expression) %}
    {{ return(adapter.dispatch('local_time', 'lendmart')(timestamp_expression)) }}
{% endmacro %}

{% macro default__local_time(timestamp_expression) -%}
    timezone('{{ var("contact_timezone") }}', timezone('UTC', {{ timestamp_expression }}))
{%- endmacro %}

{% macro spark__local_time(timestamp_expression) -%}
    from_utc_timestamp({{ timestamp_expression }}, '{{ var("contact_timezone") }}')
{%- endmacro %}

{# The inverse: a local time of a source that writes its own clock, as UTC. #}
{% macro utc_time(timestamp_expression) %}
    {{ return(adapter.dispatch('utc_time', 'lendmart')(timestamp_expression)) }}
{% endmacro %}

{% macro default__utc_time(timestamp_expression) -%}
    timezone('UTC', timezone('{{ var("contact_timezone") }}', {{ timestamp_expression }}))
{%- endmacro %}

{% macro spark__utc_time(timestamp_expression) -%}
    to_utc_timestamp({{ timestamp_expression }}, '{{ var("contact_timezone") }}')
{%- endmacro %}
