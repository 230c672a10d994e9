-- Lines of the statements that a ratio reads. $wanted holds purpose|item in the order of the formula; purposes are those
-- of int_health_column. A line made of several labels is shown as its labels.
with wanted as (
    select
        split_part(entry, '|', 1) as purpose,
        split_part(entry, '|', 2) as item_code,
        place
    from (select unnest($wanted) as entry, generate_subscripts($wanted, 1) as place)
),

found as (
    select
        wanted.*,
        sources.statement_id,
        sources.period_end_date,
        statements.statement_version,
        statements.is_audited,
        lines.line_amt,
        lines.currency,
        lines.label_count,
        lines.source_label,
        lines.period_months,
        lines.source_system,
        lines.batch_id,
        lines.source_row
    from wanted
    left join marts.int_health_column as sources
        on wanted.purpose = sources.purpose and sources.customer_id = $customer_id
    left join core.fct_statement as statements on sources.statement_id = statements.statement_id
    left join core.fct_statement_line as lines
        on
            sources.statement_id = lines.statement_id
            and sources.period_end_date = lines.period_end_date
            and wanted.item_code = lines.item_code
            and lines.period_months in (0, sources.period_months)
),

-- Which recipe of the seed made a line of several labels is the first whose labels add up to it.
recipes as (
    select
        found.place,
        recipe.priority,
        sum(recipe.sign * labels.line_amt) as line_amt
    from found
    inner join seeds.statement_item_map as recipe
        on found.item_code = recipe.item_code and found.source_system = recipe.source_system
    inner join core.int_statement_line as labels
        on
            found.statement_id = labels.statement_id
            and found.period_end_date = labels.period_end_date
            and found.period_months = labels.period_months
            and found.currency = labels.currency
            and recipe.source_label = labels.source_label
    where found.label_count > 1
    group by found.place, recipe.priority
),

chosen as (
    select
        found.place,
        min(recipes.priority) as priority
    from found
    inner join recipes on found.place = recipes.place and found.line_amt = recipes.line_amt
    group by found.place
),

shown as (
    select
        found.*,
        found.source_label as label,
        found.line_amt as amount,
        cast(null as integer) as sign
    from found
    left join chosen on found.place = chosen.place
    where chosen.place is null

    union all

    select
        found.* replace (labels.batch_id as batch_id, labels.source_row as source_row),
        labels.source_label as label,
        labels.line_amt as amount,
        cast(recipe.sign as integer) as sign
    from found
    inner join chosen on found.place = chosen.place
    inner join seeds.statement_item_map as recipe
        on
            found.item_code = recipe.item_code
            and found.source_system = recipe.source_system
            and chosen.priority = recipe.priority
    inner join core.int_statement_line as labels
        on
            found.statement_id = labels.statement_id
            and found.period_end_date = labels.period_end_date
            and found.period_months = labels.period_months
            and found.currency = labels.currency
            and recipe.source_label = labels.source_label
)

select
    items.name_en as item_en,
    items.name_zh as item_zh,
    shown.statement_id as record_id,
    shown.period_end_date as record_date,
    cast(shown.amount as varchar) as amount,
    shown.currency as unit,
    concat_ws(
        ', ',
        shown.item_code,
        shown.purpose,
        case when shown.sign is not null then 'label ' || shown.label || case when shown.sign < 0 then ' (subtracted)' else '' end end,
        'version ' || shown.statement_version,
        case when shown.is_audited then 'audited' when not shown.is_audited then 'unaudited' end
    ) as note,
    shown.source_system,
    shown.batch_id,
    shown.source_row
from shown
left join seeds.statement_item as items on shown.item_code = items.item_code
where shown.statement_id is not null
order by shown.place, shown.label
