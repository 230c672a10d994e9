-- The project's row of the register of projects, with what the metric reads of it.
select
    'Register of projects' as item_en,
    '项目登记' as item_zh,
    project_id as record_id,
    cast(known_at as date) as record_date,
    cast(
        case $metric
            when 'total_cost_amt' then cast(total_cost_amt as varchar)
            when 'equity_amt' then cast(equity_amt as varchar)
            when 'construction_start_date' then cast(construction_start_date as varchar)
            when 'dscr_lockup' then cast(dscr_lockup as varchar)
            when 'dscr_default' then cast(dscr_default as varchar)
            when 'llcr_min' then cast(llcr_min as varchar)
        end as varchar
    ) as amount,
    case when ends_with($metric, '_amt') then currency end as unit,
    project_status as note,
    source_system,
    batch_id,
    source_row
from core.dim_project
where project_id = $project_id
