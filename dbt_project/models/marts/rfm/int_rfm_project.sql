{#
  The project-finance variant of R, F and M (spec §1.9), for customers whose projects have milestones:
  - R: days since the last drawdown that conformed to its milestone; once the works are complete, since the last covenant
    certificate was delivered, and until the first one since completion;
  - F: of the drawdowns and instalments planned in the window, the share executed within ten business days of their day.
    What is not executed and has days left is not judged yet. Without a calendar of the country business days are weekdays;
  - M: undrawn commitment and outstanding amount, as a share of its lender's project finance.
  Amounts are in the base currency at the rate of as_of_date.
#}
{%- set tolerance = var('project_tolerance_business_days') %}
with milestones as (
    select * from {{ ref('fct_project_milestone') }}
),

window_starts as (
    select {{ plus_months(as_of_date(), '-window_months') }} as window_start_date
    from {{ ref('product_family') }}
    where product_family = 'project_finance'
),

milestone_projects as (
    select project_id
    from milestones
    group by project_id
),

reached_milestones as (
    select
        project_id,
        max(case when is_conforming_drawdown then actual_date end) as last_drawdown_date,
        max(case when milestone_kind = 'covenant_certificate' then actual_date end) as last_certificate_date,
        min(case when milestone_kind = 'completion' then actual_date end) as completed_date
    from milestones
    where actual_date <= {{ as_of_date() }}
    group by project_id
),

loans as (
    select
        facility_id,
        source_system,
        customer_id,
        project_id,
        coalesce({{ base_amount('outstanding_amt', 'fx_rate') }}, 0)
        + coalesce({{ base_amount('off_balance_amt', 'fx_rate') }}, 0) as exposure_amt
    from {{ ref('dim_facility') }}
    where product_family = 'project_finance'
),

portfolios as (
    select
        source_system,
        sum(exposure_amt) as portfolio_amt
    from loans
    group by source_system
),

milestone_loans as (
    select
        loans.*,
        projects.country_code,
        reached_milestones.last_drawdown_date,
        reached_milestones.last_certificate_date,
        coalesce(
            reached_milestones.completed_date,
            case when projects.actual_cod_date <= {{ as_of_date() }} then projects.actual_cod_date end
        ) as completed_date
    from loans
    inner join milestone_projects
        on loans.project_id = milestone_projects.project_id
    left join reached_milestones
        on loans.project_id = reached_milestones.project_id
    left join {{ ref('dim_project') }} as projects
        on loans.project_id = projects.project_id
),

customer_projects as (
    select
        customer_id,
        project_id,
        max(country_code) as country_code,
        max(
            case
                when completed_date is null then last_drawdown_date
                else coalesce(last_certificate_date, completed_date)
            end
        ) as last_signal_date,
        max(
            case
                when completed_date is null then 'drawdown'
                when last_certificate_date is null then 'completion'
                else 'covenant_certificate'
            end
        ) as r_basis
    from milestone_loans
    group by customer_id, project_id
),

recencies as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by last_signal_date desc nulls last, project_id asc
        ) as recency
    from customer_projects
),

exposures as (
    select
        customer_id,
        max(source_system) as source_system,
        sum(exposure_amt) as exposure_amt
    from milestone_loans
    group by customer_id
),

planned_drawdowns as (
    select
        customer_projects.customer_id,
        customer_projects.country_code,
        milestones.project_id || '|' || cast(milestones.milestone_no as string) as item_id,
        milestones.planned_date,
        milestones.actual_date as executed_date
    from milestones
    inner join customer_projects
        on milestones.project_id = customer_projects.project_id
    where milestones.milestone_kind = 'drawdown'
),

settled as (
    {{ settled_instalments('facility_id') }}
),

planned_instalments as (
    select
        milestone_loans.customer_id,
        milestone_loans.country_code,
        settled.instrument_id || '|' || cast(settled.instalment_no as string) as item_id,
        settled.due_date as planned_date,
        settled.paid_date as executed_date
    from settled
    inner join milestone_loans
        on settled.facility_id = milestone_loans.facility_id
),

planned_items as (
    select * from planned_drawdowns
    union all
    select * from planned_instalments
),

due_items as (
    select
        planned_items.customer_id,
        planned_items.country_code,
        planned_items.item_id,
        coalesce(planned_items.executed_date <= {{ as_of_date() }}, false) as is_executed,
        least(planned_items.planned_date, coalesce(planned_items.executed_date, {{ as_of_date() }})) as from_date,
        greatest(
            planned_items.planned_date,
            least(coalesce(planned_items.executed_date, {{ as_of_date() }}), {{ as_of_date() }})
        ) as to_date
    from planned_items
    cross join window_starts
    where
        planned_items.planned_date > window_starts.window_start_date
        and planned_items.planned_date <= {{ as_of_date() }}
),

calendar_days as (
    select
        country_code,
        calendar_date,
        case when is_business_day then 1 else 0 end
        - ({{ weekday_number('calendar_date') }} - {{ weekday_number(plus_days('calendar_date', -1)) }}) as difference
    from {{ ref('dim_holiday') }}
),

exceptional_days as (
    select * from calendar_days
    where difference <> 0
),

measured_items as (
    select
        due_items.customer_id,
        due_items.item_id,
        due_items.is_executed,
        {{ weekday_number('due_items.to_date') }} - {{ weekday_number('due_items.from_date') }}
        + coalesce(sum(exceptional_days.difference), 0) as business_days
    from due_items
    left join exceptional_days
        on
            due_items.country_code = exceptional_days.country_code
            and due_items.from_date < exceptional_days.calendar_date
            and due_items.to_date >= exceptional_days.calendar_date
    group by
        due_items.customer_id,
        due_items.item_id,
        due_items.is_executed,
        due_items.from_date,
        due_items.to_date
),

frequencies as (
    select
        customer_id,
        sum(case when is_executed or business_days > {{ tolerance }} then 1 else 0 end) as scheduled_count,
        sum(case when is_executed and business_days <= {{ tolerance }} then 1 else 0 end) as ontime_count
    from measured_items
    group by customer_id
),

final as (
    select
        recencies.customer_id,
        cast({{ days_between('recencies.last_signal_date', as_of_date()) }} as integer) as pf_r_days,
        cast(recencies.r_basis as string) as pf_r_basis,
        cast(coalesce(frequencies.scheduled_count, 0) as integer) as pf_scheduled_count,
        cast(coalesce(frequencies.ontime_count, 0) as integer) as pf_ontime_count,
        cast(
            {{ exact_ratio('frequencies.ontime_count', 'frequencies.scheduled_count') }} as decimal(9, 8)
        ) as pf_f_ratio,
        cast(exposures.exposure_amt as decimal(20, 2)) as pf_exposure_amt,
        cast(
            {{ exact_ratio(ratio_amount('exposures.exposure_amt'), ratio_amount('portfolios.portfolio_amt')) }}
            as decimal(9, 8)
        ) as pf_m_share
    from recencies
    inner join exposures
        on recencies.customer_id = exposures.customer_id
    inner join portfolios
        on exposures.source_system = portfolios.source_system
    left join frequencies
        on recencies.customer_id = frequencies.customer_id
    where recencies.recency = 1
)

select * from final
