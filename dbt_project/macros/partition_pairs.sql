{# The month-end before the month of a date: what a date is compared with. #}
{% macro month_end_before(date_expression) -%}
    {{ month_end(plus_months(date_expression, -1)) }}
{%- endmacro %}

{#
  Hook of the models that compare two dates: building a date changes its own rows and those of every date that is compared
  with it, so these rows are emptied before they are made anew. The column as_of_date is the later date of a pair.
#}
{% macro forget_pairs() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where as_of_date = {{ as_of_date() }} or {{ month_end_before('as_of_date') }} = {{ as_of_date() }}
    {%- else -%}
        select 1 as nothing_to_forget
    {%- endif -%}
{%- endmacro %}
