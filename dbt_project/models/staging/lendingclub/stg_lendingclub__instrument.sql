{#
  The note of each loan: one a facility. The status words bound the days past due from below: in grace 1, then 16 and
  31. A charged-off loan has no count; it is in default. Of the applicants' purposes only those have a word here that are
  refinancing or business; consumption has none.
#}
with source as (
    select
        *,
        {{ lendingclub_loan_id() }} as loan_id,
        {{ month_end('issue_month') }} as issue_date
    from {{ source('lendingclub', 'loans') }}
),

classified as (
    select
        *,
        case
            when loan_status = 'Fully Paid' then 'closed'
            when loan_status = 'Charged Off' then 'written_off'
            when loan_status in ('Current', 'In Grace Period', 'Late (16-30 days)', 'Late (31-120 days)') then 'active'
            else loan_status
        end as instrument_status
    from source
),

final as (
    select
        cast('lendingclub:' || loan_id as string) as instrument_id,
        cast('lendingclub:' || loan_id as string) as facility_id,
        cast('lendingclub:' || loan_id as string) as customer_id,
        cast(business_date as date) as reporting_date,
        cast('other loans' as string) as instrument_type,
        cast('retail_business' as string) as product_family,
        cast(instrument_status as string) as instrument_status,
        cast(
            case
                when loan_purpose in ('debt_consolidation', 'credit_card') then 'refinancing'
                when loan_purpose = 'small_business' then 'working capital'
            end as string
        ) as purpose,
        cast(false as boolean) as is_project_finance,
        cast(issue_date as date) as inception_date,
        cast(issue_date as date) as settlement_date,
        cast({{ month_end(plus_months('issue_month', 'term')) }} as date) as maturity_date,
        cast(case when instrument_status in ('closed', 'written_off') then business_date end as date) as closed_date,
        cast('USD' as string) as currency,
        cast(loan_amount as decimal(20, 2)) as commitment_amt,
        cast(loan_amount as decimal(20, 2)) as disbursed_cum_amt,
        cast(balance as decimal(20, 2)) as outstanding_amt,
        cast(0 as decimal(20, 2)) as off_balance_amt,
        cast(
            case loan_status
                when 'Current' then 0
                when 'Fully Paid' then 0
                when 'In Grace Period' then 1
                when 'Late (16-30 days)' then 16
                when 'Late (31-120 days)' then 31
            end as integer
        ) as source_dpd_days,
        cast(cast(interest_rate as decimal(18, 10)) * cast(0.01 as decimal(4, 2)) as decimal(12, 8)) as interest_rate,
        cast('fixed' as string) as interest_rate_type,
        cast('annuity' as string) as amortisation_type,
        cast('monthly' as string) as payment_frequency,
        cast(
            case when loan_status = 'Charged Off' then 'unlikely to pay' else 'not in default' end as string
        ) as default_status,
        cast(
            case when loan_status = 'Charged Off' then loan_amount - paid_principal - balance else 0 end
            as decimal(20, 2)
        ) as writeoffs_cum_amt,
        {{ not_reported('instrument', ['accrued_interest_amt', 'arrears_amt', 'arrears_principal_amt', 'past_due_date',
            'capitalised_interest_cum_amt', 'reference_rate', 'recourse', 'default_status_date', 'forbearance_status',
            'forbearance_date', 'five_tier_class', 'is_technical_delay', 'ifrs9_stage', 'stage_rebuttal_ref',
            'accumulated_impairment_amt', 'carrying_amt', 'recoveries_cum_amt', 'guarantee_mode', 'pd_12m', 'lgd']) }}
        {{ lineage('lendingclub') }}
    from classified
)

select * from final
