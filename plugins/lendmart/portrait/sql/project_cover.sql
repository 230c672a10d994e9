-- Debt service cover of each period of the customer's projects, base case, in the latest forecast.
select
    projects.project_id,
    projects.project_name,
    projects.project_status,
    projects.planned_cod_date,
    projects.actual_cod_date,
    projects.dscr_lockup,
    projects.dscr_default,
    flows.period_end_date,
    flows.period_end_date > $as_of as is_forecast,
    flows.scenario,
    flows.dscr,
    flows.dscr_status,
    flows.forecast_version
from core.dim_project as projects
left join core.fct_project_cashflow as flows
    on projects.project_id = flows.project_id and flows.is_latest_version and flows.scenario in ('base', 'actual')
where projects.customer_id = $customer_id
order by projects.project_id, flows.period_end_date, flows.scenario
