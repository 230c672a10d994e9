{#
  Covers of a project by scenario (spec §3.3): least and mean forecast DSCR, LLCR, PLCR and tail. Periods without debt service
  (grace) are no part of a minimum or a mean. `forward_dscr` is the least of the test months from the first period to come
  that has debt service: while it builds, a project is tested by its first year of repayment.
#}
with periods as (
    select
        periods.*,
        discounts.present_value_amt,
        min(case when periods.is_forecast and periods.debt_service_amt > 0 then periods.period_end_date end) over (
            partition by periods.project_id, periods.scenario
        ) as first_service_date
    from {{ ref('int_project_period') }} as periods
    left join {{ ref('int_project_discount') }} as discounts
        on
            periods.project_id = discounts.project_id
            and periods.scenario = discounts.scenario
            and periods.period_end_date = discounts.period_end_date
),

certificates as (
    select
        project_id,
        actual_amt as dsra_balance_amt,
        row_number() over (partition by project_id order by planned_date desc, milestone_no desc) as recency
    from {{ ref('fct_project_milestone') }}
    where milestone_kind = 'covenant_certificate' and actual_date <= {{ as_of_date() }}
),

totals as (
    select
        project_id,
        scenario,
        max(case when is_forecast then forecast_version end) as forecast_version,
        sum(case when is_forecast then 1 else 0 end) as forecast_period_count,
        sum(case when is_forecast and dscr_status = 'ok' then 1 else 0 end) as serviced_period_count,
        sum(case when is_loan_life and dscr_status = 'zero_den_good' then 1 else 0 end) as grace_period_count,
        sum(case when is_forecast and present_value_amt is null then 1 else 0 end) as unvalued_period_count,
        min(case when is_forecast then dscr end) as dscr_min,
        sum(case when is_forecast then dscr end) as dscr_sum,
        min(
            case
                when
                    is_forecast
                    and period_end_date
                    < {{ plus_months('first_service_date', var('project_covenant_test_months')) }}
                    then dscr
            end
        ) as forward_dscr,
        sum(case when is_loan_life then present_value_amt end) as llcr_npv_amt,
        sum(present_value_amt) as plcr_npv_amt,
        sum(
            case
                when is_forecast and period_end_date <= {{ plus_months(as_of_date(), 12) }} then debt_service_amt else 0
            end
        ) as next_year_service_amt
    from periods
    group by project_id, scenario
),

judged as (
    select
        totals.*,
        loans.debt_amt,
        loans.loan_maturity_date,
        certificates.dsra_balance_amt,
        case
            when totals.forecast_period_count = 0 then 'not_reported'
            when totals.serviced_period_count = 0 then 'zero_den_good'
            else 'ok'
        end as dscr_status,
        case
            when totals.forecast_period_count = 0 then 'not_reported'
            when loans.debt_amt is null then 'missing_input'
            when loans.debt_amt = 0 then 'zero_den_good'
            when totals.unvalued_period_count > 0 or loans.loan_maturity_date is null then 'missing_input'
            else 'ok'
        end as plcr_status
    from totals
    left join {{ ref('int_project_loan') }} as loans
        on totals.project_id = loans.project_id
    left join certificates
        on totals.project_id = certificates.project_id and certificates.recency = 1
),

covered as (
    select
        *,
        coalesce(llcr_npv_amt, 0) + case when {{ var('llcr_includes_dsra') }} then dsra_balance_amt else 0 end
            as llcr_cash_amt,
        case
            when {{ var('llcr_includes_dsra') }} and plcr_status = 'ok' and dsra_balance_amt is null
                then 'missing_input'
            else plcr_status
        end as llcr_status
    from judged
),

final as (
    select
        project_id,
        scenario,
        forecast_version,
        cast(serviced_period_count as integer) as serviced_period_count,
        cast(grace_period_count as integer) as grace_period_count,
        cast(dscr_min as decimal(12, 8)) as dscr_min,
        cast(
            case when dscr_status = 'ok' then {{ exact_ratio('dscr_sum * 10000', 'serviced_period_count * 10000') }} end
            as decimal(12, 8)
        ) as dscr_avg,
        dscr_status,
        cast(forward_dscr as decimal(12, 8)) as forward_dscr,
        cast(case when llcr_status = 'ok' then llcr_cash_amt end as decimal(20, 2)) as llcr_npv_amt,
        cast(
            {{ ratio_value('llcr_status', ratio_amount('llcr_cash_amt'), ratio_amount('debt_amt')) }} as decimal(18, 8)
        ) as llcr,
        llcr_status,
        cast(case when plcr_status = 'ok' then plcr_npv_amt end as decimal(20, 2)) as plcr_npv_amt,
        cast(
            {{ ratio_value('plcr_status', ratio_amount('plcr_npv_amt'), ratio_amount('debt_amt')) }} as decimal(18, 8)
        ) as plcr,
        plcr_status,
        cast(
            case
                when plcr_status = 'ok' and plcr_npv_amt > 0
                    then {{ exact_ratio(
                        ratio_amount('plcr_npv_amt - coalesce(llcr_npv_amt, 0)'), ratio_amount('plcr_npv_amt')
                    ) }}
            end as decimal(18, 8)
        ) as tail_ratio,
        case when plcr_status = 'ok' and plcr_npv_amt <= 0 then 'zero_den_bad' else plcr_status end
            as tail_ratio_status,
        cast(next_year_service_amt as decimal(20, 2)) as next_year_service_amt
    from covered
)

select * from final
