{# Where a staging row comes from: the lineage columns at the end of every canonical entity, from the batch columns.
   `is_deleted` is the condition of a tombstone: the source says that what it reported before is no more. #}
{% macro lineage(source_system, is_deleted='false') -%}
    cast('{{ source_system }}' as string) as source_system,
        cast(batch_id as string) as batch_id,
        cast(source_row as bigint) as source_row,
        cast(business_date as date) as business_date,
        cast(known_at as timestamp) as known_at,
        cast(version_no as integer) as version_no,
        cast({{ is_deleted }} as boolean) as is_deleted
{%- endmacro %}
