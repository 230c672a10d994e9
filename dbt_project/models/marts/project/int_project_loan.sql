{#
  What the loans of a project come to: one row a project that a facility names. Amounts of several currencies do not add
  up, so such a project has none. Debt is what is outstanding and what is still to be drawn, because the forecast serves
  the whole loan; its cost is the average of the rates by debt.
#}
{%- set amounts = [
    'commitment_amt', 'cancelled_amt', 'disbursed_cum_amt', 'repaid_cum_amt', 'sold_cum_amt', 'outstanding_amt',
    'off_balance_amt', 'debt_amt', 'cost_amt'
] %}
with facilities as (
    select
        *,
        cast(coalesce(outstanding_amt, 0) + coalesce(off_balance_amt, 0) as decimal(20, 2)) as debt_amt,
        cast(
            interest_rate * cast(coalesce(outstanding_amt, 0) + coalesce(off_balance_amt, 0) as decimal(20, 2))
            as decimal(34, 10)
        ) as cost_amt
    from {{ ref('dim_facility') }}
    where project_id is not null
),

totals as (
    select
        project_id,
        min(source_system) as source_system,
        case when count(distinct customer_id) = 1 then min(customer_id) end as customer_id,
        count(distinct customer_id) as customer_count,
        count(*) as facility_count,
        min(project_name) as project_name,
        case when count(distinct currency) = 1 then min(currency) end as currency,
        min(coalesce(inception_date, approval_date)) as first_inception_date,
        max(availability_end_date) as availability_end_date,
        max(case when debt_amt > 0 then maturity_date end) as loan_maturity_date,
        max(case when debt_amt > 0 and interest_rate is null then 1 else 0 end) as has_debt_without_rate,
        max(case when dq_flag then 1 else 0 end) as has_dq_flag,
        {%- for amount in amounts %}
            case when count(distinct currency) = 1 then sum({{ amount }}) end as {{ amount }},
        {%- endfor %}
        count(distinct currency) as currency_count
    from facilities
    group by project_id
),

final as (
    select
        project_id,
        source_system,
        customer_id,
        customer_count,
        facility_count,
        project_name,
        currency,
        first_inception_date,
        availability_end_date,
        loan_maturity_date,
        {%- for amount in amounts[:-1] %}
            cast({{ amount }} as decimal(20, 2)) as {{ amount }},
        {%- endfor %}
        case
            when has_debt_without_rate = 0
                then cast({{ exact_ratio('cost_amt', ratio_amount('debt_amt')) }} as decimal(12, 8))
        end as debt_rate,
        has_dq_flag = 1 as dq_flag
    from totals
)

select * from final
