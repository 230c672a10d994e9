-- Milestones of the project that the metric reads, and for its completion what the register says.
with wanted as (
    select
        case
            when $metric in ('planned_progress_ratio', 'actual_progress_ratio') then 'drawdown'
            when $metric = 'dsra_balance_amt' then 'covenant_certificate'
            else 'completion'
        end as milestone_kind
),

inputs as (
    select
        case milestones.milestone_kind
            when 'drawdown' then 'Drawdown' when 'completion' then 'Completion' else 'Covenant certificate'
        end as item_en,
        case milestones.milestone_kind when 'drawdown' then '按进度提款' when 'completion' then '竣工' else '合规证明' end
            as item_zh,
        milestones.project_id || ' #' || milestones.milestone_no as record_id,
        coalesce(milestones.actual_date, milestones.planned_date) as record_date,
        case
            when $metric = 'planned_progress_ratio' then cast(milestones.planned_amt as varchar)
            when $metric in ('actual_progress_ratio', 'dsra_balance_amt')
                then cast(coalesce(milestones.actual_amt, 0) as varchar)
            when $metric = 'cost_overrun_ratio' then cast(coalesce(milestones.actual_amt, milestones.planned_amt) as varchar)
            else cast(coalesce(milestones.actual_date, milestones.planned_date) as varchar)
        end as amount,
        case
            when $metric in ('planned_progress_ratio', 'actual_progress_ratio', 'dsra_balance_amt', 'cost_overrun_ratio')
                then milestones.currency
        end as unit,
        concat_ws(
            ', ',
            'planned ' || milestones.planned_date,
            'planned amount ' || milestones.planned_amt,
            case when coalesce(milestones.actual_date > $as_of, true) then 'not executed' end
        ) as note,
        milestones.source_system,
        milestones.batch_id,
        milestones.source_row,
        row_number() over (
            order by
                coalesce(milestones.actual_date <= $as_of, false) desc,
                milestones.planned_date desc,
                milestones.milestone_no desc
        ) as recency
    from core.fct_project_milestone as milestones
    inner join wanted on milestones.milestone_kind = wanted.milestone_kind
    where milestones.project_id = $project_id

    union all

    select
        'Register of projects' as item_en,
        '项目登记' as item_zh,
        projects.project_id as record_id,
        cast(projects.known_at as date) as record_date,
        cast(coalesce(projects.actual_cod_date, projects.planned_cod_date) as varchar) as amount,
        cast(null as varchar) as unit,
        'in operation: planned ' || projects.planned_cod_date as note,
        projects.source_system,
        projects.batch_id,
        projects.source_row,
        1 as recency
    from core.dim_project as projects
    inner join wanted on wanted.milestone_kind = 'completion'
    where
        projects.project_id = $project_id
        and $metric <> 'cost_overrun_ratio'
        and coalesce(projects.actual_cod_date, projects.planned_cod_date) is not null
)

-- Of certificates the last one speaks.
select * exclude (recency)
from inputs
where recency = 1 or $metric <> 'dsra_balance_amt'
order by record_date desc, record_id
