{# A project belongs to a customer of the core system `demo`; its number is the one that facilities carry. #}
with source as (
    select * from {{ source('demo_projects', 'projects') }}
),

final as (
    select
        cast('demo:' || project_no as string) as project_id,
        cast('demo:' || customer_no as string) as customer_id,
        cast(project_name as string) as project_name,
        cast('CN' as string) as country_code,
        cast(region_code as string) as region_name,
        cast(sector as string) as sector,
        cast(project_status as string) as project_status,
        cast(approval_date as date) as approval_date,
        cast(construction_start_date as date) as construction_start_date,
        cast(planned_cod_date as date) as planned_cod_date,
        cast(actual_cod_date as date) as actual_cod_date,
        cast(concession_end_date as date) as concession_end_date,
        {{ not_reported('project', ['closing_date']) }}
        cast(offtake_type as string) as offtake_type,
        cast(currency as string) as currency,
        cast(total_cost_amt as decimal(20, 2)) as total_cost_amt,
        cast(equity_amt as decimal(20, 2)) as equity_amt,
        cast(lender_commitment_amt as decimal(20, 2)) as lender_commitment_amt,
        cast(dscr_lockup as decimal(9, 4)) as dscr_lockup,
        cast(dscr_default as decimal(9, 4)) as dscr_default,
        cast(llcr_min as decimal(9, 4)) as llcr_min,
        cast(dsra_required_months as integer) as dsra_required_months,
        {{ lineage('demo_projects') }}
    from source
)

select * from final
