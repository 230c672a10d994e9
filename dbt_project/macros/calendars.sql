{# Days of calendars that count otherwise than the civil one: weekdays, and the year of twelve months of 30 days. #}

{# Mondays to Fridays from Monday, 1900-01-01, up to and including the date: differences count weekdays between dates. #}
{% macro weekday_number(date_expression) -%}
    {%- set days = days_between("cast('1900-01-01' as date)", date_expression) -%}
    {%- set weeks = 'cast(floor(cast(' ~ days ~ ' as decimal(10, 0)) / 7) as integer)' -%}
    (5 * {{ weeks }} + least({{ days }} - 7 * {{ weeks }} + 1, 5))
{%- endmacro %}

{# Days from start to end as 30E/360 (ISDA) counts them: every month has 30, and its last day is the thirtieth. #}
{% macro days_360(start_date, end_date) -%}
    (
        360 * (extract(year from {{ end_date }}) - extract(year from {{ start_date }}))
        + 30 * (extract(month from {{ end_date }}) - extract(month from {{ start_date }}))
        + {{ _day_of_30(end_date) }} - {{ _day_of_30(start_date) }}
    )
{%- endmacro %}

{% macro _day_of_30(date_expression) -%}
    case
        when {{ date_expression }} = {{ month_end(date_expression) }} then 30
        else least(extract(day from {{ date_expression }}), 30)
    end
{%- endmacro %}
