{# The version of a seed that is in force at as_of_date: the one that took effect last. #}
{% macro version_in_force(seed_name) -%}
    select editions.version
    from (
        select
            version,
            row_number() over (order by effective_from desc, version desc) as recency
        from {{ ref(seed_name) }}
        where effective_from <= {{ as_of_date() }}
        group by version, effective_from
    ) as editions
    where editions.recency = 1
{%- endmacro %}

{# Calendar months from one date to another, whatever the days. #}
{% macro calendar_months(start_date, end_date) -%}
    cast(
        12 * (extract(year from {{ end_date }}) - extract(year from {{ start_date }}))
        + extract(month from {{ end_date }}) - extract(month from {{ start_date }}) as integer
    )
{%- endmacro %}

{#
  Most months overdue in the last `kept` signs of a repayment string (还款状态, oldest first): 1 to 7 are months overdue, N
  paid, C closed, / no account. 0 where none of the signs is overdue; null without a string.
#}
{% macro most_months_overdue(signs) -%}
    case
        {%- for months in range(7, 0, -1) %}
            when {{ signs }} like '%{{ months }}%' then {{ months }}
        {%- endfor %}
        when {{ signs }} is not null then 0
    end
{%- endmacro %}

{# How many signs before the last one of a repayment string an overdue one stands (0: it is the last); null without any. #}
{% macro months_since_overdue(signs) -%}
    case
        {%- for back in range(24) %}
            when
                length({{ signs }}) > {{ back }}
                and substring({{ signs }}, length({{ signs }}) - {{ back }}, 1) between '1' and '7'
                then {{ back }}
        {%- endfor %}
    end
{%- endmacro %}

{# The figures of a credit history, as int_bureau_history has them. #}
{% macro bureau_figures() %}
    {{ return([
        'accounts_open_count', 'accounts_closed_count', 'current_overdue_months', 'max_overdue_24m_months',
        'months_since_delinquency', 'hard_inquiries_3m_count', 'hard_inquiries_6m_count', 'hard_inquiries_12m_count',
        'adverse_record_count'
    ]) }}
{% endmacro %}

{# Status of a figure of a person: no_consent for who may not be profiled, missing_input where nothing is known. #}
{% macro person_status(column) -%}
    cast(
        case when not is_profiled then 'no_consent' else coalesce({{ column }}, 'missing_input') end as string
    ) as {{ column }}
{%- endmacro %}
