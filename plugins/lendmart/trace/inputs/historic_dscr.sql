-- What the cover of the past test months is read from: the certificate delivered last, else the period that ended last.
with portraits as (
    select
        project_id,
        historic_dscr_basis
    from marts.mart_project_portrait
    where as_of_date = $as_of and project_id = $project_id
),

inputs as (
    select
        'Covenant certificate' as item_en,
        '合规证明' as item_zh,
        milestones.project_id || ' #' || milestones.milestone_no as record_id,
        milestones.actual_date as record_date,
        cast(milestones.reported_dscr as varchar) as amount,
        'due ' || milestones.planned_date as note,
        milestones.source_system,
        milestones.batch_id,
        milestones.source_row,
        row_number() over (order by milestones.planned_date desc, milestones.milestone_no desc) as recency
    from portraits
    inner join core.fct_project_milestone as milestones on portraits.project_id = milestones.project_id
    where
        portraits.historic_dscr_basis = 'covenant_certificate'
        and milestones.milestone_kind = 'covenant_certificate'
        and milestones.actual_date <= $as_of

    union all

    select
        'Forecast of cash flow' as item_en,
        '现金流预测' as item_zh,
        flows.project_id || ' v' || flows.forecast_version as record_id,
        flows.period_end_date as record_date,
        cast(flows.dscr as varchar) as amount,
        'cash flow ' || flows.cfads_amt || ', debt service ' || flows.debt_service_amt as note,
        flows.source_system,
        flows.batch_id,
        flows.source_row,
        row_number() over (order by periods.period_end_date desc) as recency
    from portraits
    inner join marts.mart_project_period as periods
        on portraits.project_id = periods.project_id and periods.as_of_date = $as_of and periods.scenario = 'base'
    inner join core.fct_project_cashflow as flows
        on
            periods.project_id = flows.project_id
            and periods.scenario = flows.scenario
            and periods.period_end_date = flows.period_end_date
            and periods.forecast_version = flows.forecast_version
    where
        portraits.historic_dscr_basis = 'forecast'
        and periods.dscr_status = 'ok'
        and not periods.is_forecast
)

select
    * exclude (recency),
    cast(null as varchar) as unit
from inputs
where recency = 1
