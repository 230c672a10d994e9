with source as (
    select * from {{ source('demo_projects', 'project_milestones') }}
),

final as (
    select
        cast('demo:' || project_no as string) as project_id,
        cast(milestone_no as integer) as milestone_no,
        cast(milestone_kind as string) as milestone_kind,
        cast(planned_date as date) as planned_date,
        cast(certified_date as date) as certified_date,
        cast(actual_date as date) as actual_date,
        cast(planned_amt as decimal(20, 2)) as planned_amt,
        cast(actual_amt as decimal(20, 2)) as actual_amt,
        cast(reported_dscr as decimal(9, 4)) as reported_dscr,
        cast(currency as string) as currency,
        {{ lineage('demo_projects') }}
    from source
)

select * from final
