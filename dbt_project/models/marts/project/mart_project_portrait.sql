{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='as_of_date',
        pre_hook='{{ forget_partition() }}',
        on_schema_change='fail'
    )
}}
{#
  One row a project and as_of_date: money, construction and covers of the base case (spec §3.3). Figures nobody delivers have
  the status not_reported: a public list of loans says how they are disbursed and repaid, and nothing of cash flow.
#}
{%- set thresholds = [
    ('dscr_lockup', var('project_dscr_lockup')),
    ('dscr_default', var('project_dscr_default')),
    ('llcr_min', var('project_llcr_min')),
] %}
with population as (
    select project_id from {{ ref('dim_project') }}
    union
    select project_id from {{ ref('int_project_loan') }}
),

base_covers as (
    select * from {{ ref('int_project_cover') }}
    where scenario = 'base'
),

ended_periods as (
    select
        project_id,
        dscr,
        row_number() over (partition by project_id order by period_end_date desc) as recency
    from {{ ref('int_project_period') }}
    where
        scenario = 'base'
        and dscr_status = 'ok'
        and not is_forecast
        and period_end_date > {{ plus_months(as_of_date(), -var('project_covenant_test_months')) }}
),

assembled as (
    select
        population.project_id,
        coalesce(loans.source_system, projects.source_system) as source_system,
        coalesce(projects.customer_id, loans.customer_id) as customer_id,
        coalesce(loans.customer_count, case when projects.customer_id is null then 0 else 1 end) as customer_count,
        coalesce(loans.facility_count, 0) as facility_count,
        coalesce(projects.project_name, loans.project_name) as project_name,
        projects.country_code,
        projects.sector,
        projects.project_status,
        coalesce(loans.currency, projects.currency) as currency,
        projects.total_cost_amt,
        projects.equity_amt,
        projects.debt_amt as planned_debt_amt,
        loans.commitment_amt,
        loans.cancelled_amt,
        loans.disbursed_cum_amt,
        loans.repaid_cum_amt,
        loans.outstanding_amt,
        loans.off_balance_amt,
        loans.commitment_amt - coalesce(loans.cancelled_amt, 0) as net_commitment_amt,
        loans.disbursed_cum_amt - coalesce(loans.sold_cum_amt, 0) as kept_amt,
        loans.first_inception_date,
        coalesce(loans.availability_end_date, projects.closing_date) as availability_end_date,
        loans.loan_maturity_date,
        loans.debt_rate,
        projects.construction_start_date,
        coalesce(progress.planned_completion_date, projects.planned_cod_date) as planned_completion_date,
        coalesce(
            progress.completed_date,
            case when projects.actual_cod_date <= {{ as_of_date() }} then projects.actual_cod_date end
        ) as completed_date,
        progress.planned_total_amt,
        progress.planned_to_date_amt,
        progress.drawn_to_date_amt,
        progress.budget_amt,
        progress.final_cost_amt,
        progress.certificate_due_date,
        progress.certificate_dscr,
        progress.dsra_balance_amt,
        covers.forecast_version,
        covers.serviced_period_count,
        covers.grace_period_count,
        covers.dscr_min,
        covers.dscr_avg,
        covers.forward_dscr,
        covers.llcr_npv_amt,
        covers.llcr,
        covers.plcr_npv_amt,
        covers.plcr,
        covers.tail_ratio,
        coalesce(covers.dscr_status, 'not_reported') as dscr_status,
        coalesce(covers.llcr_status, 'not_reported') as llcr_status,
        coalesce(covers.plcr_status, 'not_reported') as plcr_status,
        coalesce(covers.tail_ratio_status, 'not_reported') as tail_ratio_status,
        covers.next_year_service_amt,
        projects.dsra_required_months,
        ended_periods.dscr as ended_dscr,
        {%- for threshold, usual in thresholds %}
            coalesce(projects.{{ threshold }}, cast({{ usual }} as decimal(9, 4))) as {{ threshold }},
        {%- endfor %}
        case when projects.dscr_lockup is null then 0 else 1 end
        + case when projects.dscr_default is null then 0 else 1 end
        + case when projects.llcr_min is null then 0 else 1 end as contract_threshold_count,
        coalesce(projects.dq_flag, false)
        or coalesce(loans.dq_flag, false)
        or coalesce(progress.dq_flag, false) as dq_flag
    from population
    left join {{ ref('dim_project') }} as projects
        on population.project_id = projects.project_id
    left join {{ ref('int_project_loan') }} as loans
        on population.project_id = loans.project_id
    left join {{ ref('int_project_progress') }} as progress
        on population.project_id = progress.project_id
    left join base_covers as covers
        on population.project_id = covers.project_id
    left join ended_periods
        on population.project_id = ended_periods.project_id and ended_periods.recency = 1
),

timed as (
    select
        *,
        case
            when completed_date is not null then 'completed'
            when planned_completion_date is not null then 'construction'
            else 'not_reported'
        end as construction_phase,
        case
            when planned_completion_date is null then 'not_reported'
            when completed_date is not null then 'final'
            when planned_completion_date < {{ as_of_date() }} then 'running'
            else 'not_due'
        end as delay_status,
        case
            when first_inception_date is null or availability_end_date is null then 'not_reported'
            when availability_end_date <= first_inception_date then 'zero_den_bad'
            else 'ok'
        end as elapsed_ratio_status,
        coalesce(
            certificate_dscr is not null
            and certificate_due_date > {{ plus_months(as_of_date(), -var('project_covenant_test_months')) }},
            false
        ) as is_certified,
        {{ days_between('first_inception_date', 'availability_end_date') }} as availability_days,
        {{ days_between(
            'first_inception_date',
            'greatest(least(availability_end_date, ' ~ as_of_date() ~ '), first_inception_date)'
        ) }} as elapsed_days
    from assembled
),

compared as (
    select
        *,
        case when is_certified then certificate_dscr else ended_dscr end as historic_dscr,
        case
            when is_certified then 'covenant_certificate'
            when ended_dscr is not null then 'forecast'
        end as historic_dscr_basis
    from timed
),

tested as (
    select
        *,
        least(historic_dscr, forward_dscr) as tested_dscr,
        case
            when historic_dscr is not null or forward_dscr is not null then 'ok'
            else dscr_status
        end as tested_dscr_status,
        {{ ratio_status('planned_debt_amt', 'total_cost_amt', 'zero_den_bad') }} as gearing_basic_status,
        {{ ratio_status('planned_to_date_amt', 'planned_total_amt', 'zero_den_bad') }} as progress_basic_status,
        {{ ratio_status('disbursed_cum_amt', 'net_commitment_amt', 'zero_den_bad', 'zero_den_bad') }}
            as disbursed_ratio_status,
        {{ ratio_status('cancelled_amt', 'commitment_amt', 'zero_den_bad') }} as cancelled_ratio_status,
        {{ ratio_status('repaid_cum_amt', 'kept_amt', 'zero_den_good', 'zero_den_good') }} as repaid_ratio_status,
        case
            when dsra_required_months is null or next_year_service_amt is null then 'not_reported'
            else 'ok'
        end as dsra_required_amt_status
    from compared
),

flagged as (
    select
        *,
        case when tested_dscr_status = 'ok' then tested_dscr < dscr_lockup end as is_dscr_lockup,
        case when tested_dscr_status = 'ok' then tested_dscr < dscr_default end as is_dscr_default,
        case when llcr_status = 'ok' then llcr < llcr_min end as is_llcr_below_min,
        case gearing_basic_status when 'missing_input' then 'not_reported' else gearing_basic_status end
            as gearing_ratio_status,
        case progress_basic_status when 'missing_input' then 'not_reported' else progress_basic_status end
            as progress_ratio_status,
        case
            when budget_amt is null then 'not_reported'
            when final_cost_amt is null then 'not_due'
            when budget_amt <= 0 then 'zero_den_bad'
            else 'ok'
        end as cost_overrun_ratio_status,
        case
            when dsra_required_amt_status <> 'ok' then null
            else cast(next_year_service_amt * dsra_required_months / 12 as decimal(20, 2))
        end as dsra_required_amt
    from tested
),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        project_id,
        source_system,
        customer_id,
        cast(customer_count as integer) as customer_count,
        cast(facility_count as integer) as facility_count,
        project_name,
        country_code,
        sector,
        project_status,
        currency,
        total_cost_amt,
        equity_amt,
        commitment_amt,
        cancelled_amt,
        disbursed_cum_amt,
        repaid_cum_amt,
        outstanding_amt,
        off_balance_amt,
        {%- for ratio, numerator, denominator in [
            ('gearing_ratio', 'planned_debt_amt', 'total_cost_amt'),
            ('disbursed_ratio', 'disbursed_cum_amt', 'net_commitment_amt'),
            ('cancelled_ratio', 'cancelled_amt', 'commitment_amt'),
            ('repaid_ratio', 'repaid_cum_amt', 'kept_amt'),
        ] %}
            cast(
                {{ ratio_value(ratio ~ '_status', ratio_amount(numerator), ratio_amount(denominator)) }}
                as decimal(18, 8)
            ) as {{ ratio }},
            cast({{ ratio }}_status as string) as {{ ratio }}_status,
        {%- endfor %}
        availability_end_date,
        cast({{ ratio_value('elapsed_ratio_status', 'elapsed_days', 'availability_days') }} as decimal(18, 8))
            as elapsed_ratio,
        cast(elapsed_ratio_status as string) as elapsed_ratio_status,
        cast(construction_phase as string) as construction_phase,
        construction_start_date,
        planned_completion_date,
        completed_date,
        cast(
            case delay_status
                when 'final' then {{ days_between('planned_completion_date', 'completed_date') }}
                when 'running' then {{ days_between('planned_completion_date', as_of_date()) }}
            end as integer
        ) as delay_days,
        cast(delay_status as string) as delay_days_status,
        cast(
            {{ ratio_value(
                'progress_ratio_status', ratio_amount('planned_to_date_amt'), ratio_amount('planned_total_amt')
            ) }}
            as decimal(18, 8)
        ) as planned_progress_ratio,
        cast(progress_ratio_status as string) as planned_progress_ratio_status,
        cast(
            {{ ratio_value(
                'progress_ratio_status', ratio_amount('drawn_to_date_amt'), ratio_amount('planned_total_amt')
            ) }}
            as decimal(18, 8)
        ) as actual_progress_ratio,
        cast(progress_ratio_status as string) as actual_progress_ratio_status,
        cast(
            {{ ratio_value(
                'cost_overrun_ratio_status', ratio_amount('final_cost_amt - budget_amt'), ratio_amount('budget_amt')
            ) }}
            as decimal(18, 8)
        ) as cost_overrun_ratio,
        cast(cost_overrun_ratio_status as string) as cost_overrun_ratio_status,
        cast('base' as string) as scenario,
        forecast_version,
        loan_maturity_date,
        debt_rate,
        serviced_period_count,
        grace_period_count,
        cast(historic_dscr as decimal(12, 8)) as historic_dscr,
        cast(case when historic_dscr is null then 'missing_input' else 'ok' end as string) as historic_dscr_status,
        cast(historic_dscr_basis as string) as historic_dscr_basis,
        dscr_min,
        cast(dscr_status as string) as dscr_min_status,
        dscr_avg,
        cast(dscr_status as string) as dscr_avg_status,
        cast(tested_dscr as decimal(12, 8)) as tested_dscr,
        cast(tested_dscr_status as string) as tested_dscr_status,
        llcr,
        cast(llcr_status as string) as llcr_status,
        llcr_npv_amt,
        cast({{ var('llcr_includes_dsra') }} as boolean) as llcr_includes_dsra,
        plcr,
        cast(plcr_status as string) as plcr_status,
        plcr_npv_amt,
        tail_ratio,
        cast(tail_ratio_status as string) as tail_ratio_status,
        dsra_required_amt,
        cast(dsra_required_amt_status as string) as dsra_required_amt_status,
        dsra_balance_amt,
        cast(case when dsra_balance_amt is null then 'not_reported' else 'ok' end as string) as dsra_balance_amt_status,
        dscr_lockup,
        dscr_default,
        llcr_min,
        cast(
            case contract_threshold_count when 3 then 'contract' when 0 then 'default' else 'mixed' end as string
        ) as threshold_basis,
        is_dscr_lockup,
        is_dscr_default,
        is_llcr_below_min,
        cast(
            case
                when is_dscr_default then 'default'
                when is_dscr_lockup or is_llcr_below_min then 'lock_up'
                when tested_dscr_status in ('ok', 'zero_den_good') then 'compliant'
                else 'not_tested'
            end as string
        ) as covenant_status,
        dq_flag,
        cast('{{ var("config_version") }}' as string) as config_version
    from flagged
)

select * from final
