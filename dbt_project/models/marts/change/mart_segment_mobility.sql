{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_pairs() }}',
        on_schema_change='fail'
    )
}}
{#
  How mobile customers are between segments (spec §11.1): Shorrocks' index (K - trace P) / (K - 1) over the K segments that
  held customers on both dates; P is of those who stayed in scope, so that leaving is no mobility. 0: nobody moved.
#}
with pairs as (
    select * from {{ ref('int_baseline_pair') }}
),

cells as (
    select cells.*
    from {{ ref('mart_segment_migration') }} as cells
    inner join pairs
        on cells.as_of_date = pairs.to_as_of_date
),

segment_rows as (
    select
        as_of_date,
        migration_kind,
        from_segment_code,
        sum(customer_count) as customer_count,
        sum(case when from_segment_code = to_segment_code then customer_count else 0 end) as unmoved_count
    from cells
    where from_segment_code <> 'ENTERED' and to_segment_code <> 'EXITED'
    group by as_of_date, migration_kind, from_segment_code
),

indices as (
    select
        as_of_date,
        migration_kind,
        count(*) as segment_count,
        sum(customer_count) as stayed_count,
        sum(customer_count - unmoved_count) as moved_count,
        cast(sum({{ exact_share('unmoved_count', 'customer_count') }}) as decimal(20, 8)) as trace
    from segment_rows
    group by as_of_date, migration_kind
),

margins as (
    select
        as_of_date,
        from_as_of_date,
        migration_kind,
        config_version,
        sum(case when from_segment_code <> 'ENTERED' then customer_count else 0 end) as from_customer_count,
        sum(case when to_segment_code <> 'EXITED' then customer_count else 0 end) as to_customer_count,
        sum(case when from_segment_code = 'ENTERED' then customer_count else 0 end) as entered_count,
        sum(case when to_segment_code = 'EXITED' then customer_count else 0 end) as exited_count
    from cells
    group by as_of_date, from_as_of_date, migration_kind, config_version
),

final as (
    select
        margins.as_of_date,
        margins.from_as_of_date,
        margins.migration_kind,
        cast(margins.from_customer_count as bigint) as from_customer_count,
        cast(margins.to_customer_count as bigint) as to_customer_count,
        cast(margins.entered_count as bigint) as entered_count,
        cast(margins.exited_count as bigint) as exited_count,
        cast(coalesce(indices.moved_count, 0) as bigint) as moved_count,
        cast(coalesce(indices.segment_count, 0) as integer) as segment_count,
        case
            when indices.segment_count > 1
                then {{ exact_ratio(
                    '(indices.segment_count - indices.trace) * 10000', '(indices.segment_count - 1) * 10000'
                ) }}
        end as mobility_index,
        cast(case when indices.segment_count > 1 then 'ok' else 'zero_den' end as string) as mobility_index_status,
        margins.config_version
    from margins
    left join indices
        on
            margins.as_of_date = indices.as_of_date
            and margins.migration_kind = indices.migration_kind
)

select * from final
