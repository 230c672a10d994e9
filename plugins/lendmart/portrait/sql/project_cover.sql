-- Debt service cover of each period of the customer's projects in the base case, history and forecast, as the marts have it.
select
    portraits.project_id,
    portraits.project_name,
    portraits.dscr_lockup,
    portraits.dscr_default,
    periods.period_end_date,
    periods.is_forecast,
    periods.scenario,
    periods.dscr,
    periods.dscr_status,
    periods.forecast_version
from marts.mart_project_portrait as portraits
left join marts.mart_project_period as periods
    on
        portraits.as_of_date = periods.as_of_date
        and portraits.project_id = periods.project_id
        and periods.scenario = 'base'
where portraits.customer_id = $customer_id and portraits.as_of_date = $as_of
order by portraits.project_id, periods.period_end_date
