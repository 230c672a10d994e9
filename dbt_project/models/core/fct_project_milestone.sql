{#
  Milestones of projects as known at the cutoff: what was planned and what came of it. A drawdown conforms to its
  milestone when the lender's technical adviser certified the works no later than it was disbursed (spec §1.9).
#}
with known as (
    select * from {{ as_known('project_milestone', ['project_id', 'milestone_no']) }} as accepted
),

final as (
    select
        project_id,
        milestone_no,
        source_system,
        milestone_kind,
        planned_date,
        certified_date,
        actual_date,
        coalesce(milestone_kind = 'drawdown' and certified_date <= actual_date, false) as is_conforming_drawdown,
        planned_amt,
        actual_amt,
        reported_dscr,
        currency,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
