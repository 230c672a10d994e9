{#
  Projects by the number that ibrd's loans carry: the id has no prefix, so that a facility of ibrd finds its project.
  Who owes is told by those loans; the borrower of the workbook is free text, so the customer stays open. Amounts are
  US dollars. A closing date before the board's approval (2 rows) is passed on.
#}
with source as (
    select * from {{ source('wb_projects', 'projects') }}
),

final as (
    select
        cast(project_id as string) as project_id,
        cast(project_name as string) as project_name,
        cast(region as string) as region_name,
        cast(sector_1 as string) as sector,
        cast(lower(project_status) as string) as project_status,
        cast(board_approval_date as date) as approval_date,
        cast(project_closing_date as date) as closing_date,
        cast('USD' as string) as currency,
        cast(current_project_cost as decimal(20, 2)) as total_cost_amt,
        cast(total_commitment as decimal(20, 2)) as lender_commitment_amt,
        {{ not_reported('project', ['customer_id', 'country_code', 'construction_start_date', 'planned_cod_date',
            'actual_cod_date', 'concession_end_date', 'offtake_type', 'equity_amt', 'dscr_lockup', 'dscr_default',
            'llcr_min', 'dsra_required_months']) }}
        {{ lineage('wb_projects') }}
    from source
)

select * from final
