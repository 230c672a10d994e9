-- Periods of the base case that the metric reads, in order, each with its cover, its present value or its debt service.
with periods as (
    select
        *,
        min(case when is_forecast and debt_service_amt > 0 then period_end_date end) over () as first_service_date
    from marts.mart_project_period
    where as_of_date = $as_of and project_id = $project_id and scenario = 'base'
)

select
    'Forecast of cash flow' as item_en,
    '现金流预测' as item_zh,
    periods.project_id || ' v' || periods.forecast_version as record_id,
    periods.period_end_date as record_date,
    case
        when $metric in ('dscr_min', 'dscr_avg', 'tested_dscr') then cast(periods.dscr as varchar)
        when $metric in ('llcr_npv_amt', 'plcr_npv_amt') then cast(periods.present_value_amt as varchar)
        when $metric = 'forecast_version' then cast(periods.forecast_version as varchar)
        else cast(periods.debt_service_amt as varchar)
    end as amount,
    case
        when $metric in ('llcr_npv_amt', 'plcr_npv_amt', 'dsra_required_amt', 'serviced_period_count', 'grace_period_count')
            then periods.currency
    end as unit,
    'cash flow ' || periods.cfads_amt || ', debt service ' || periods.debt_service_amt as note,
    flows.source_system,
    flows.batch_id,
    flows.source_row
from periods
inner join core.fct_project_cashflow as flows
    on
        periods.project_id = flows.project_id
        and periods.scenario = flows.scenario
        and periods.period_end_date = flows.period_end_date
        and periods.forecast_version = flows.forecast_version
where
    case $metric
        when 'dscr_min' then periods.is_forecast and periods.dscr is not null
        when 'dscr_avg' then periods.is_forecast and periods.dscr is not null
        when 'serviced_period_count' then periods.is_forecast and periods.dscr_status = 'ok'
        when 'grace_period_count' then periods.is_loan_life
        when 'llcr_npv_amt' then periods.is_loan_life
        when 'tested_dscr'
            then
                periods.is_forecast
                and periods.dscr is not null
                and periods.period_end_date
                < periods.first_service_date + to_months(cast($var_project_covenant_test_months as integer))
        when 'dsra_required_amt'
            then periods.is_forecast and periods.period_end_date <= cast($as_of as date) + interval 12 month
        else periods.is_forecast
    end
order by periods.period_end_date
