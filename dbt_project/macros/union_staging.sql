{#
  All staging models of a canonical entity, one after the other. The list comes from the var `staging_models`, which
  `lendmart.warehouse.project` fills from the folders under models/staging: a new source is a new folder, no edit here.
  In an incremental run only the batches that history has not yet are appended.
#}
{% macro union_staging(entity) %}
{%- set columns = canonical_columns(entity) + lineage_columns() -%}
{%- set staging_models = var('staging_models', {}).get(entity, []) -%}
with landed as (
    {%- for model in staging_models %}
    select
        {%- for column in columns %}
        {{ column.name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref(model) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select
        {%- for column in columns %}
        cast(null as {{ column.type }}) as {{ column.name }}{{ "," if not loop.last }}
        {%- endfor %}
    where 1 = 0
    {%- endfor %}
),

final as (
    select landed.*
    from landed
    {%- if is_incremental() %}
    where not exists (
        select 1
        from {{ this }} as kept
        where
            kept.source_system = landed.source_system
            and kept.batch_id = landed.batch_id
    )
    {%- endif %}
)

select * from final
{% endmacro %}
