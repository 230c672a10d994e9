{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_partition() }}',
        on_schema_change='fail'
    )
}}
{# Covers of each project by period and scenario, history and forecast (spec §3.3): what the portrait sums up. #}
with final as (
    select
        {{ as_of_date() }} as as_of_date,
        periods.project_id,
        periods.scenario,
        periods.period_end_date,
        periods.source_system,
        periods.forecast_version,
        periods.is_forecast,
        periods.is_loan_life,
        periods.cfads_amt,
        periods.debt_service_amt,
        periods.currency,
        periods.dscr,
        periods.dscr_status,
        discounts.discount_factor,
        cast(discounts.present_value_amt as decimal(20, 2)) as present_value_amt,
        periods.dq_flag,
        cast('{{ var("config_version") }}' as string) as config_version
    from {{ ref('int_project_period') }} as periods
    left join {{ ref('int_project_discount') }} as discounts
        on
            periods.project_id = discounts.project_id
            and periods.scenario = discounts.scenario
            and periods.period_end_date = discounts.period_end_date
)

select * from final
