-- The forecast that speaks for the period, line by line.
with flows as (
    select flows.*
    from marts.mart_project_period as periods
    inner join core.fct_project_cashflow as flows
        on
            periods.project_id = flows.project_id
            and periods.scenario = flows.scenario
            and periods.period_end_date = flows.period_end_date
            and periods.forecast_version = flows.forecast_version
    where
        periods.as_of_date = $as_of
        and periods.project_id = $project_id
        and periods.scenario = $scenario
        and periods.period_end_date = $period_end_date
),

lines as (
    select
        *,
        'Cash flow available for debt service' as item_en,
        '可用于偿债的现金流' as item_zh,
        cfads_amt as line_amt,
        1 as place
    from flows
    where $metric not in ('debt_service_amt')

    union all

    select
        *,
        'Principal due' as item_en,
        '应还本金' as item_zh,
        debt_service_principal_amt as line_amt,
        2 as place
    from flows
    where $metric in ('debt_service_amt', 'dscr')

    union all

    select
        *,
        'Interest due' as item_en,
        '应付利息' as item_zh,
        debt_service_interest_amt as line_amt,
        3 as place
    from flows
    where $metric in ('debt_service_amt', 'dscr')
)

select
    item_en,
    item_zh,
    project_id || ' ' || scenario || ' v' || forecast_version as record_id,
    period_end_date as record_date,
    cast(line_amt as varchar) as amount,
    currency as unit,
    cast(null as varchar) as note,
    source_system,
    batch_id,
    source_row
from lines
order by place
