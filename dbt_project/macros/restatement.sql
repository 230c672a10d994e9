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
