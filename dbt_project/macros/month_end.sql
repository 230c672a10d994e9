{#
  The last day of the month of a date: what a source that tells only a month (or a year) stands for. By then the thing had
  certainly happened, so nothing is dated before it was.
#}
{% macro month_end(date_expression) -%}
    cast({{ dbt.last_day(date_expression, 'month') }} as date)
{%- endmacro %}
