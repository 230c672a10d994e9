{#
  The only door from history to core: what was known of an entity at the knowledge cutoff.

  1. the rows of the run's sources, known by the cutoff and about a business date not after as_of_date, without those
     of a withdrawn batch and those that a known correction replaced (`known_rows`);
  2. without the rows that a control quarantined in this run (`audit.quarantine` is a physical table that the runner
     keeps; it is never a model, because its rows are verdicts on models);
  3. of each key the latest (`latest_first`);
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
        ranked.delivery_id,
        ranked.recency > 1 as dq_flag
    from (
        select
            known.*,
            row_number() over (
                partition by {{ key | join(', ') }}, known.is_quarantined
                order by {{ latest_first('known') }}
            ) as accepted_recency,
            row_number() over (
                partition by {{ key | join(', ') }}
                order by {{ latest_first('known') }}
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
  Which of several rows about one thing counts. What a source says of a later business date stands above what it says of
  an earlier one, whenever that was delivered: a late correction of January does not take February back. Of one business
  date the row that became known last counts. The rest makes the order total. The number of the version is left out,
  because it counts arrivals, and files that arrive in another order tell the same.
#}
{% macro latest_first(relation) -%}
    {{ relation }}.business_date desc, {{ relation }}.known_at desc, {{ relation }}.batch_id desc, {{ relation }}.source_row desc
{%- endmacro %}

{#
  Every row of an entity that the run may know, quarantined ones included and marked. For the questions that a verdict
  must not change, such as whether a source still reports a facility at all.

  `delivery_id` is the batch of a row, but for rows that correct some rows of another batch: these belong to the delivery
  that they correct, and became known as part of it (`delivery_known_at`). Ask for the latest delivery by these two.
#}
{% macro known_rows(entity) %}
(
    select
        history.*,
        quarantined.batch_id is not null as is_quarantined,
        coalesce(corrections.delivery_id, history.batch_id) as delivery_id,
        coalesce(corrections.delivery_known_at, history.known_at) as delivery_known_at
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
    left join audit.correction as corrections
        on
            history.source_system = corrections.source
            and history.batch_id = corrections.batch_id
    left join audit.withdrawn_batch as withdrawn
        on
            history.source_system = withdrawn.source
            and history.batch_id = withdrawn.batch_id
    left join audit.superseded_row as superseded
        on
            history.source_system = superseded.source
            and history.batch_id = superseded.batch_id
            and history.source_row = superseded.source_row
    where
        history.known_at <= cast('{{ var("knowledge_cutoff") }}' as timestamp)
        and history.business_date <= cast('{{ var("as_of_date") }}' as date)
        and history.source_system in ({{ quoted_list(var('sources')) }})
        and withdrawn.batch_id is null
        and superseded.batch_id is null
)
{% endmacro %}

{#
  The rows of an entity that became known after the date was told as it was (`as_was_cutoff`) and that the run knows: each
  with the batch that brought it. A row that a late correction replaced is among them, under the batch of the
  correction, because whoever it named loses it. No row in a run that is no restatement, and nothing is read then.
#}
{% macro late_rows(entity) %}
(
    select
        history.*,
        coalesce(superseded.by_batch_id, history.batch_id) as cause_batch_id
    from {{ ref('hist_' ~ entity) }} as history
    left join audit.superseded_row as superseded
        on
            history.source_system = superseded.source
            and history.batch_id = superseded.batch_id
            and history.source_row = superseded.source_row
    inner join audit.fct_batch as batches
        on
            history.source_system = batches.source
            and coalesce(superseded.by_batch_id, history.batch_id) = batches.batch_id
    where
        {{ is_restatement() }}
        and batches.known_at > cast('{{ var("as_was_cutoff") }}' as timestamp)
        and batches.is_in_run
)
{% endmacro %}

{#
  The rows that a late delivery replaces whole (`reported_rows`): what earlier deliveries of the same feed said for the
  same business date, with the batch that replaces them. What the late one leaves out is no longer reported.
#}
{% macro replaced_rows(entity) %}
(
    select
        history.*,
        late.batch_id as cause_batch_id
    from {{ ref('hist_' ~ entity) }} as history
    inner join audit.fct_batch as batches
        on
            history.source_system = batches.source
            and history.batch_id = batches.batch_id
    inner join audit.fct_batch as late
        on
            batches.source = late.source
            and batches.feed = late.feed
            and batches.business_date = late.business_date
            and batches.known_at < late.known_at
            and batches.batch_id <> late.batch_id
    where
        {{ is_restatement() }}
        and late.known_at > cast('{{ var("as_was_cutoff") }}' as timestamp)
        and late.is_in_run
        and late.batch_id = late.delivery_id
        and batches.is_in_run
)
{% endmacro %}

{% macro quoted_list(values) -%}
    {%- for value in values -%}'{{ value }}'{{ ", " if not loop.last }}{%- else -%}''{%- endfor -%}
{%- endmacro %}
