{#
  What fct_statement_line leaves out: labels by frequency, so that nothing is dropped in silence. `no_item`: no recipe has
  the label; `wrong_sign`: every recipe that has it takes no negative amount; `other_currency`: not the currency of the
  statement.
#}
with mapped as (
    select
        source_system,
        source_label,
        max(case when may_be_negative then 1 else 0 end) = 1 as may_be_negative
    from {{ ref('statement_item_map') }}
    group by source_system, source_label
),

judged as (
    select
        labels.source_system,
        labels.source_label,
        labels.statement_id,
        case
            when labels.item_code is null and mapped.source_label is null then 'no_item'
            when labels.item_code is null and not mapped.may_be_negative and labels.line_amt < 0 then 'wrong_sign'
            when labels.currency <> statements.currency then 'other_currency'
        end as reason
    from {{ ref('int_statement_line') }} as labels
    left join mapped
        on
            labels.source_system = mapped.source_system
            and labels.source_label = mapped.source_label
    left join {{ ref('fct_statement') }} as statements
        on labels.statement_id = statements.statement_id
),

final as (
    select
        source_system,
        source_label,
        cast(reason as string) as reason,
        cast(count(*) as bigint) as line_count,
        cast(count(distinct statement_id) as bigint) as statement_count
    from judged
    where reason is not null
    group by source_system, source_label, reason
)

select * from final
