with source as (
    select * from {{ source('demo_projects', 'project_cashflows') }}
),

final as (
    select
        cast('demo:' || project_no as string) as project_id,
        cast(scenario as string) as scenario,
        cast(period_end_date as date) as period_end_date,
        cast(forecast_version as integer) as forecast_version,
        cast(cfads_amt as decimal(20, 2)) as cfads_amt,
        cast(principal_amt as decimal(20, 2)) as debt_service_principal_amt,
        cast(interest_amt as decimal(20, 2)) as debt_service_interest_amt,
        cast(currency as string) as currency,
        {{ lineage('demo_projects') }}
    from source
)

select * from final
