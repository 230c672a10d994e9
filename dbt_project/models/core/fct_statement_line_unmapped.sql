{# What the map does not use: labels by frequency, so that nothing is dropped in silence. #}
with mapped as (
    select
        source_system,
        source_label
    from {{ ref('statement_item_map') }}
    group by source_system, source_label
),

unmapped as (
    select line.*
    from {{ ref('int_statement_line') }} as line
    left join mapped
        on
            line.source_system = mapped.source_system
            and line.source_label = mapped.source_label
    where line.item_code is null and mapped.source_label is null
),

final as (
    select
        source_system,
        source_label,
        cast(count(*) as bigint) as line_count,
        cast(count(distinct statement_id) as bigint) as statement_count
    from unmapped
    group by source_system, source_label
)

select * from final
