{#
  Forecasts of project cash flow as known at the cutoff, every version. Cover is CFADS over debt service of the period
  (spec §3.3); without debt service it is null with the status zero_den_good, and no part of a minimum or a mean.
#}
{%- set key = ['project_id', 'scenario', 'period_end_date', 'forecast_version'] %}
with known as (
    select * from {{ as_known('project_cashflow', key) }} as accepted
),

served as (
    select
        *,
        cast(
            coalesce(debt_service_principal_amt, 0) + coalesce(debt_service_interest_amt, 0) as decimal(20, 2)
        ) as debt_service_amt,
        max(forecast_version) over (partition by project_id, scenario) as latest_version
    from known
),

final as (
    select
        project_id,
        scenario,
        period_end_date,
        forecast_version,
        source_system,
        forecast_version = latest_version as is_latest_version,
        cfads_amt,
        debt_service_principal_amt,
        debt_service_interest_amt,
        debt_service_amt,
        currency,
        cast(
            case
                when debt_service_amt > 0
                    then {{ exact_ratio(ratio_amount('cfads_amt'), ratio_amount('debt_service_amt')) }}
            end as decimal(12, 8)
        ) as dscr,
        cast(
            case
                when cfads_amt is null then 'missing_input'
                when debt_service_amt = 0 then 'zero_den_good'
                else 'ok'
            end as string
        ) as dscr_status,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from served
)

select * from final
