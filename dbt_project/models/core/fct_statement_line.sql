{#
  Lines of statements by item. A line that the source delivers with its item code stands as it is. Labels of other
  sources become items through the recipes of the seed statement_item_map: per item, period end and length of period the
  recipe with the lowest priority number of which every required label is reported; its amount is the signed sum of its
  labels (`is_derived` where that is more than one). A cost reported with a negative sign is not used. What no item uses
  is listed in fct_statement_line_unmapped.

  Only amounts in the reporting currency of the statement enter. Lines without a known statement stay in, so that DQ-61
  finds them.
#}
with lines as (
    select
        reported.*,
        coalesce(statements.currency = reported.currency, true) as is_reporting_currency
    from {{ ref('int_statement_line') }} as reported
    left join {{ ref('fct_statement') }} as statements
        on reported.statement_id = statements.statement_id
),

reported_lines as (
    select * from lines
    where is_reporting_currency
),

direct as (
    select
        *,
        row_number() over (
            partition by statement_id, item_code, period_end_date, period_months
            order by source_label asc nulls last, batch_id asc, source_row asc
        ) as label_rank
    from reported_lines
    where item_code is not null
),

recipes as (
    select
        source_system,
        item_code,
        priority,
        count(*) as required_labels
    from {{ ref('statement_item_map') }}
    where is_required
    group by source_system, item_code, priority
),

ingredients as (
    select
        labels.statement_id,
        recipe.item_code,
        recipe.priority,
        recipe.is_required,
        labels.source_label,
        labels.period_end_date,
        labels.period_months,
        case when recipe.sign < 0 then -labels.line_amt else labels.line_amt end as line_amt,
        labels.currency,
        labels.source_system,
        labels.batch_id,
        labels.source_row,
        labels.known_at,
        labels.dq_flag,
        row_number() over (
            partition by
                labels.statement_id, recipe.item_code, recipe.priority, labels.period_end_date, labels.period_months
            order by recipe.is_required desc, recipe.sign desc, labels.source_label asc, labels.source_row asc
        ) as ingredient_rank
    from reported_lines as labels
    inner join {{ ref('statement_item_map') }} as recipe
        on
            labels.source_system = recipe.source_system
            and labels.source_label = recipe.source_label
    where labels.item_code is null and (recipe.may_be_negative or labels.line_amt >= 0)
),

mixtures as (
    select
        statement_id,
        item_code,
        priority,
        period_end_date,
        period_months,
        currency,
        source_system,
        sum(line_amt) as line_amt,
        count(*) as label_count,
        sum(case when is_required then 1 else 0 end) as required_count,
        max(case when ingredient_rank = 1 then source_label end) as source_label,
        max(case when ingredient_rank = 1 then batch_id end) as batch_id,
        max(case when ingredient_rank = 1 then source_row end) as source_row,
        max(known_at) as known_at,
        max(case when dq_flag then 1 else 0 end) = 1 as dq_flag
    from ingredients
    group by statement_id, item_code, priority, period_end_date, period_months, currency, source_system
),

complete as (
    select
        mixtures.*,
        row_number() over (
            partition by mixtures.statement_id, mixtures.item_code, mixtures.period_end_date, mixtures.period_months
            order by mixtures.priority asc
        ) as recipe_rank
    from mixtures
    inner join recipes
        on
            mixtures.source_system = recipes.source_system
            and mixtures.item_code = recipes.item_code
            and mixtures.priority = recipes.priority
            and mixtures.required_count = recipes.required_labels
),

items as (
    select
        statement_id,
        item_code,
        period_end_date,
        period_months,
        line_amt,
        currency,
        source_system,
        source_label,
        cast(1 as bigint) as label_count,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from direct
    where label_rank = 1

    union all

    select
        statement_id,
        item_code,
        period_end_date,
        period_months,
        line_amt,
        currency,
        source_system,
        source_label,
        label_count,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from complete
    where recipe_rank = 1
),

final as (
    select
        statement_id,
        item_code,
        period_end_date,
        period_months,
        cast(line_amt as decimal(38, 4)) as line_amt,
        currency,
        source_system,
        source_label,
        label_count > 1 as is_derived,
        cast(label_count as integer) as label_count,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from items
)

select * from final
