{#
  How far the works and the money are, one row a project with milestones: value of the drawdowns planned and made by
  as_of_date, completion with its final cost, and the covenant certificate delivered last.
#}
with milestones as (
    select
        *,
        row_number() over (
            partition by project_id, milestone_kind
            order by case when actual_date <= {{ as_of_date() }} then 0 else 1 end, planned_date desc, milestone_no desc
        ) as recency
    from {{ ref('fct_project_milestone') }}
),

reached as (
    select
        *,
        planned_date <= {{ as_of_date() }} as is_planned,
        coalesce(actual_date <= {{ as_of_date() }}, false) as is_reached
    from milestones
),

final as (
    select
        project_id,
        cast(sum(case when milestone_kind = 'drawdown' then planned_amt end) as decimal(20, 2)) as planned_total_amt,
        cast(
            sum(case when milestone_kind = 'drawdown' then case when is_planned then planned_amt else 0 end end)
            as decimal(20, 2)
        ) as planned_to_date_amt,
        cast(
            sum(case when milestone_kind = 'drawdown' then case when is_reached then actual_amt else 0 end end)
            as decimal(20, 2)
        ) as drawn_to_date_amt,
        min(case when milestone_kind = 'completion' then planned_date end) as planned_completion_date,
        {%- for column, kind, reached_column in [
            ('actual_date', 'completion', 'completed_date'),
            ('actual_amt', 'completion', 'final_cost_amt'),
            ('planned_date', 'covenant_certificate', 'certificate_due_date'),
            ('reported_dscr', 'covenant_certificate', 'certificate_dscr'),
            ('actual_amt', 'covenant_certificate', 'dsra_balance_amt'),
        ] %}
            max(case when milestone_kind = '{{ kind }}' and is_reached and recency = 1 then {{ column }} end)
                as {{ reached_column }},
        {%- endfor %}
        max(case when milestone_kind = 'completion' and recency = 1 then planned_amt end) as budget_amt,
        max(case when dq_flag then 1 else 0 end) = 1 as dq_flag
    from reached
    group by project_id
)

select * from final
