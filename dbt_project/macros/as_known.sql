{#
  The only door from history to core: what was known of an entity at the knowledge cutoff.

  1. the rows of the run's sources, known by the cutoff and about a business date not after as_of_date;
  2. without the rows that a control quarantined in this run (`audit.quarantine` is a physical table that the runner
     keeps; it is never a model, because its rows are verdicts on models);
  3. of each key the latest by (known_at, version_no, batch_id, source_row);
  4. tombstones out.

  `dq_flag` is true where a later version exists but was quarantined: the row shown is the last accepted one.
#}
{% macro as_known(entity, key) %}
(
    select
        {%- for column in canonical_columns(entity) %}
        ranked.{{ column.name }},
        {%- endfor %}
        ranked.source_system,
        ranked.batch_id,
        ranked.source_row,
        ranked.business_date,
        ranked.known_at,
        ranked.version_no,
        ranked.recency > 1 as dq_flag
    from (
        select
            known.*,
            row_number() over (
                partition by {{ key | join(', ') }}, known.is_quarantined
                order by known.known_at desc, known.version_no desc, known.batch_id desc, known.source_row desc
            ) as accepted_recency,
            row_number() over (
                partition by {{ key | join(', ') }}
                order by known.known_at desc, known.version_no desc, known.batch_id desc, known.source_row desc
            ) as recency
        from {{ known_rows(entity) }} as known
    ) as ranked
    where
        ranked.accepted_recency = 1
        and not ranked.is_quarantined
        and not coalesce(ranked.is_deleted, false)
)
{% endmacro %}

{#
  Every row of an entity that the run may know, quarantined ones included and marked. For the questions that a verdict
  must not change, such as whether a source still reports a facility at all.
#}
{% macro known_rows(entity) %}
(
    select
        history.*,
        quarantined.batch_id is not null as is_quarantined
    from {{ ref('hist_' ~ entity) }} as history
    left join (
        select
            batch_id,
            source_row
        from audit.quarantine
        where run_id = '{{ var("run_id") }}' and relation = 'hist_{{ entity }}'
        group by batch_id, source_row
    ) as quarantined
        on
            history.batch_id = quarantined.batch_id
            and history.source_row = quarantined.source_row
    where
        history.known_at <= cast('{{ var("knowledge_cutoff") }}' as timestamp)
        and history.business_date <= cast('{{ var("as_of_date") }}' as date)
        and history.source_system in ({{ quoted_list(var('sources')) }})
)
{% endmacro %}

{% macro quoted_list(values) -%}
    {%- for value in values -%}'{{ value }}'{{ ", " if not loop.last }}{%- else -%}''{%- endfor -%}
{%- endmacro %}
