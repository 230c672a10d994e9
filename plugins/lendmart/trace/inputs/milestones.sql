-- Milestones of the customer's projects, the latest first.
select
    case milestones.milestone_kind
        when 'drawdown' then 'Drawdown' when 'completion' then 'Completion' else 'Covenant certificate'
    end as item_en,
    case milestones.milestone_kind when 'drawdown' then '按进度提款' when 'completion' then '竣工' else '合规证明' end
        as item_zh,
    milestones.project_id || ' #' || milestones.milestone_no as record_id,
    coalesce(milestones.actual_date, milestones.planned_date) as record_date,
    cast(coalesce(milestones.actual_amt, milestones.planned_amt) as varchar) as amount,
    milestones.currency as unit,
    'planned ' || milestones.planned_date || case when milestones.actual_date is null then ', not executed' else '' end
        as note,
    milestones.source_system,
    milestones.batch_id,
    milestones.source_row
from core.fct_project_milestone as milestones
where
    milestones.project_id in (
        select project_id from core.dim_facility where customer_id = $customer_id
    )
    and least(milestones.planned_date, coalesce(milestones.actual_date, milestones.planned_date)) <= $as_of
order by record_date desc, record_id
