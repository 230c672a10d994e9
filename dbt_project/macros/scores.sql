{#
  Mid-rank score 1..5 of spec §1.3, in whole numbers: with lo values strictly worse and eq equal ones among n,
  1 + floor(5 * (2 * lo + eq) / (2 * n)) is 1 + the number of k in 1..4 with 5 * (2 * lo + eq) >= k * 2 * n.
  Ties share a score, equal input scores 3, and nothing depends on row order.
#}
{% macro midrank_score(lower_count, equal_count, group_count) -%}
    (
        1
        {%- for k in range(1, 5) %}
        + case when 5 * (2 * {{ lower_count }} + {{ equal_count }}) >= {{ 2 * k }} * {{ group_count }} then 1 else 0 end
        {%- endfor %}
    )
{%- endmacro %}

{# Fixed bands: 1 + the number of cut points passed; a value on a cut point stays in the worse band (spec §1.4). #}
{% macro band_score(value, cutpoint_prefix, better) -%}
    (
        1
        {%- for q in [20, 40, 60, 80] %}
        + case when {{ value }} {{ better }} {{ cutpoint_prefix }}{{ q }} then 1 else 0 end
        {%- endfor %}
    )
{%- endmacro %}

{# Uses count after this day: that many months before as_of_date, twelve where no product family says (spec §1.2). #}
{% macro usage_window_start(window_months) -%}
    {{ plus_months(as_of_date(), '-coalesce(' ~ window_months ~ ', 12)') }}
{%- endmacro %}
