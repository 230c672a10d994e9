{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_partition() }}',
        on_schema_change='fail'
    )
}}
{#
  What a restatement says otherwise than the date as it was, by customer and column, and why (spec §11.5). Empty in every
  other run, and where nothing is kept of the date as it was, because nothing was known then or a control blocked it.
#}
with as_was as (
    select * from {{ ref('int_restatement_as_was') }}
    where
        as_of_date = {{ as_of_date() }}
        and {{ is_restatement() }}
),

as_is as (
    select * from {{ ref('mart_customer_rfm') }}
    where
        as_of_date = {{ as_of_date() }}
        and exists (select 1 from as_was)
),

pairs as (
    select
        coalesce(as_was.customer_id, as_is.customer_id) as customer_id,
        case
            when as_was.customer_id is null then 'added'
            when as_is.customer_id is null then 'removed'
            else 'both'
        end as presence,
        as_was.exposure_amt as exposure_as_was_amt,
        as_is.exposure_amt as exposure_as_is_amt,
        {{ restated_pairs('as_was', 'as_is') }}
    from as_was
    full join as_is
        on as_was.customer_id = as_is.customer_id
),

moved as (
    {{ restated_moves('pairs') }}
),

weighed as (
    select
        *,
        max(case when is_own then 1 else 0 end) over (partition by customer_id) as has_own_move
    from moved
),

ranked_batches as (
    select
        *,
        count(*) over (partition by customer_id) as batch_count,
        row_number() over (
            partition by customer_id
            order by
                case cause when 'late_delivery' then 1 when 'correction' then 2 else 3 end asc,
                known_at desc,
                source_system asc,
                feed asc,
                batch_id asc
        ) as batch_rank
    from {{ ref('mart_restatement_batch') }}
    where as_of_date = {{ as_of_date() }}
),

explained as (
    select
        weighed.*,
        ranked_batches.batch_count,
        ranked_batches.source_system,
        ranked_batches.feed,
        ranked_batches.batch_id,
        ranked_batches.known_at,
        case
            when not weighed.is_own and weighed.has_own_move = 0 then 'peers'
            else coalesce(ranked_batches.cause, 'shared_data')
        end as cause
    from weighed
    left join ranked_batches
        on
            weighed.customer_id = ranked_batches.customer_id
            and ranked_batches.batch_rank = 1
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        customer_id,
        column_name,
        presence,
        value_as_was,
        value_as_is,
        exposure_as_was_amt,
        exposure_as_is_amt,
        cause,
        cast(case when cause in ('peers', 'shared_data') then 0 else batch_count end as integer) as cause_batch_count,
        case when cause not in ('peers', 'shared_data') then source_system end as cause_source_system,
        case when cause not in ('peers', 'shared_data') then feed end as cause_feed,
        case when cause not in ('peers', 'shared_data') then batch_id end as cause_batch_id,
        case when cause not in ('peers', 'shared_data') then known_at end as cause_known_at,
        cast('{{ var("as_was_cutoff") }}' as timestamp) as as_was_cutoff,
        cast('{{ var("knowledge_cutoff") }}' as timestamp) as knowledge_cutoff
    from explained
)

select * from final
