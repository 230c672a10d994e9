{#
  Cash flow, debt service and cover of each period of a project, by scenario (spec §3.3): of a period that has ended what
  the last forecast of it said, of later ones what the latest forecast says. `forecast_no` counts the periods to come, and
  `days_360` the days of each from the end of the one before it or from as_of_date. A period belongs to the life of the
  loan when the loan is not yet repaid as it begins.
#}
with forecasts as (
    select
        *,
        row_number() over (
            partition by project_id, scenario, period_end_date
            order by forecast_version desc
        ) as version_rank
    from {{ ref('fct_project_cashflow') }}
),

in_force as (
    select
        *,
        period_end_date > {{ as_of_date() }} as is_forecast
    from forecasts
    where version_rank = 1 and (is_latest_version or period_end_date <= {{ as_of_date() }})
),

placed as (
    select
        *,
        case
            when is_forecast
                then row_number() over (
                    partition by project_id, scenario, is_forecast
                    order by period_end_date
                )
        end as forecast_no,
        coalesce(
            lag(period_end_date) over (
                partition by project_id, scenario, is_forecast
                order by period_end_date
            ),
            case when is_forecast then {{ as_of_date() }} end
        ) as begin_date
    from in_force
),

final as (
    select
        placed.project_id,
        placed.scenario,
        placed.period_end_date,
        placed.forecast_version,
        placed.source_system,
        placed.is_forecast,
        cast(placed.forecast_no as integer) as forecast_no,
        cast(
            case when placed.is_forecast then {{ days_360('placed.begin_date', 'placed.period_end_date') }} end
            as integer
        ) as days_360,
        coalesce(placed.is_forecast and placed.begin_date < loans.loan_maturity_date, false) as is_loan_life,
        placed.cfads_amt,
        placed.debt_service_amt,
        placed.currency,
        placed.dscr,
        placed.dscr_status,
        loans.debt_rate,
        placed.dq_flag
    from placed
    left join {{ ref('int_project_loan') }} as loans
        on placed.project_id = loans.project_id
)

select * from final
