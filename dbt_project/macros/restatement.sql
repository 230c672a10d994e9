{#
  What a restatement compares of each customer, in this order. `peers` marks what others can move too: scores, and what is
  made of them; the rest is about the customer alone.
#}
{% macro restated_columns() %}
    {%- set own = [
        'product_family', 'industry_section', 'enterprise_size', 'facility_count', 'exposure_amt', 'outstanding_amt',
        'r_days', 'f_count', 'f_active_months', 'm_volume_cum_amt', 'm_volume_avg_amt', 'm_balance_avg_amt',
        'm_value_amt', 'p_ontime_24m', 'p_max_dpd_24m', 'gate', 'maturity_flag', 'dq_flag',
    ] -%}
    {%- set peers = [
        'r_score', 'f_score', 'm_score', 'fm_score', 'p_score', 'value_score', 'value_with_p_score', 'rfm_value_100',
        'segment_11_code', 'segment_8_code', 'segment_code',
    ] -%}
    {{ return({'own': own, 'peers': peers}) }}
{% endmacro %}

{% macro restated_names() -%}
    {{ (restated_columns().own + restated_columns().peers) | join(',\n        ') }}
{%- endmacro %}

{# Of each compared column both values as text: `<column>_as_was`, `<column>_as_is`. #}
{% macro restated_pairs(as_was, as_is) -%}
    {%- for column in restated_columns().own + restated_columns().peers %}
        cast({{ as_was }}.{{ column }} as string) as {{ column }}_as_was,
        cast({{ as_is }}.{{ column }} as string) as {{ column }}_as_is{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# A row for each customer and compared column whose values differ. #}
{% macro restated_moves(pairs) -%}
    {%- for column in restated_columns().own + restated_columns().peers %}
    select
        customer_id,
        presence,
        exposure_as_was_amt,
        exposure_as_is_amt,
        '{{ column }}' as column_name,
        {{ 'true' if column in restated_columns().own else 'false' }} as is_own,
        {{ column }}_as_was as value_as_was,
        {{ column }}_as_is as value_as_is
    from {{ pairs }}
    where {{ column }}_as_was is distinct from {{ column }}_as_is
    {{- "\n    union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#
  Whether the run knows more than was known when its date was told as it was (spec §11.5): a constant for the engine, which
  reads nothing where it is false.
#}
{% macro is_restatement() -%}
    cast('{{ var("knowledge_cutoff") }}' as timestamp) > cast('{{ var("as_was_cutoff") }}' as timestamp)
{%- endmacro %}

{# Hook of what is kept of each date as it was: only a run that tells it so anew empties it. #}
{% macro forget_as_was() -%}
    {{ forget_partition() if var('knowledge_cutoff') == var('as_was_cutoff') else 'select 1 as nothing_to_forget' }}
{%- endmacro %}

{#
  A row for each late row that touches a customer, with the batch that brought it (`late_rows`, `replaced_rows`): its own
  rows, and those of its facilities and instruments. `instruments` names the relation that says whose they are.
#}
{% macro late_touches(instruments) -%}
    {%- for entity in ['customer', 'facility', 'credit_event', 'screening_hit'] %}
    select
        customer_id,
        source_system,
        cause_batch_id,
        cast(0 as integer) as is_omission
    from {{ late_rows(entity) }} as late_{{ entity }}
    union all
    {%- endfor %}
    {%- for entity in ['instrument', 'instalment', 'payment'] %}
    select
        {{ instruments }}.customer_id,
        late_{{ entity }}.source_system,
        late_{{ entity }}.cause_batch_id,
        cast(0 as integer) as is_omission
    from {{ late_rows(entity) }} as late_{{ entity }}
    inner join {{ instruments }}
        on late_{{ entity }}.instrument_id = {{ instruments }}.instrument_id
    union all
    {%- endfor %}
    select
        customer_id,
        source_system,
        cause_batch_id,
        cast(1 as integer) as is_omission
    from {{ replaced_rows('facility') }} as replaced_facility
    union all
    select
        {{ instruments }}.customer_id,
        replaced_instrument.source_system,
        replaced_instrument.cause_batch_id,
        cast(1 as integer) as is_omission
    from {{ replaced_rows('instrument') }} as replaced_instrument
    inner join {{ instruments }}
        on replaced_instrument.instrument_id = {{ instruments }}.instrument_id
{%- endmacro %}
