{# A customer id made of country and normalised name, for sources that know their borrowers by name only. #}
{% macro party_id(source_system, country, name) -%}
    cast('{{ source_system }}:' || {{ country }} || ':' || {{ normalised_name(name) }} as string)
{%- endmacro %}
