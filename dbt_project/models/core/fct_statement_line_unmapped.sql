{#
  What the map does not use: labels by frequency, so that nothing is dropped in silence. `no_item`: no recipe has the
  label; `wrong_sign`: every recipe that has it takes no negative amount.
#}
with mapped as (
    select
        source_system,
        source_label,
        max(case when may_be_negative then 1 else 0 end) = 1 as may_be_negative
    from {{ ref('statement_item_map') }}
    group by source_system, source_label
),

unused as (
    select
        labels.*,
        case when mapped.source_label is null then 'no_item' else 'wrong_sign' end as reason
    from {{ ref('int_statement_line') }} as labels
    left join mapped
        on
            labels.source_system = mapped.source_system
            and labels.source_label = mapped.source_label
    where
        labels.item_code is null
        and (mapped.source_label is null or (not mapped.may_be_negative and labels.line_amt < 0))
),

final as (
    select
        source_system,
        source_label,
        cast(reason as string) as reason,
        cast(count(*) as bigint) as line_count,
        cast(count(distinct statement_id) as bigint) as statement_count
    from unused
    group by source_system, source_label, reason
)

select * from final
