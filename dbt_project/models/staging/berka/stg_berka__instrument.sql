{#
  The note of each loan: one a facility, monthly payments. Default as in stg_berka__facility; how many days a loan is
  past due is not published.
#}
with classified as (
    select
        *,
        case
            when status = 'A' then 'closed'
            when status in ('B', 'C', 'D') then 'active'
            else status
        end as instrument_status
    from {{ ref('base_berka__loan') }}
),

final as (
    select
        cast('berka:' || loan_id as string) as instrument_id,
        cast('berka:' || loan_id as string) as facility_id,
        cast('berka:' || owner_id as string) as customer_id,
        cast(business_date as date) as reporting_date,
        cast('other loans' as string) as instrument_type,
        cast('retail_business' as string) as product_family,
        cast(instrument_status as string) as instrument_status,
        cast(false as boolean) as is_project_finance,
        cast(granted_date as date) as inception_date,
        cast(granted_date as date) as settlement_date,
        cast(maturity_date as date) as maturity_date,
        cast(case when status = 'A' then least(maturity_date, business_date) end as date) as closed_date,
        cast('CZK' as string) as currency,
        cast(amount as decimal(20, 2)) as commitment_amt,
        cast(amount as decimal(20, 2)) as disbursed_cum_amt,
        cast(case when status = 'A' then 0 end as decimal(20, 2)) as outstanding_amt,
        cast(0 as decimal(20, 2)) as off_balance_amt,
        cast('fixed principal' as string) as amortisation_type,
        cast('monthly' as string) as payment_frequency,
        cast(case when status in ('B', 'D') then 'unlikely to pay' else 'not in default' end as string)
            as default_status,
        {{ not_reported('instrument', ['purpose', 'accrued_interest_amt', 'arrears_amt', 'arrears_principal_amt',
            'past_due_date', 'source_dpd_days', 'capitalised_interest_cum_amt', 'interest_rate', 'interest_rate_type',
            'reference_rate', 'recourse', 'default_status_date', 'forbearance_status', 'forbearance_date',
            'five_tier_class', 'is_technical_delay', 'ifrs9_stage', 'stage_rebuttal_ref', 'accumulated_impairment_amt',
            'carrying_amt', 'writeoffs_cum_amt', 'recoveries_cum_amt', 'guarantee_mode', 'pd_12m', 'lgd']) }}
        {{ lineage('berka') }}
    from classified
)

select * from final
