{#
  One row a loan at the date of the snapshot. Rules (docs/sources/lendingclub.md):
  - a month stands for its last day: issued, disbursed and started then; the loan matures `term` months later;
  - the rate is delivered in percent and stored as a fraction;
  - charged off: closed, in default, and what was lent and not repaid is written off (the file prints a balance of 0);
  - late and in grace: still open; the amount in arrears is not published.
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
            when loan_status in ('Fully Paid', 'Charged Off') then 'closed'
            when loan_status in ('Current', 'In Grace Period', 'Late (16-30 days)', 'Late (31-120 days)') then 'active'
            -- A status word that the contract does not know is passed on for DQ-21 to find.
            else loan_status
        end as facility_status
    from source
),

final as (
    select
        cast('lendingclub:' || loan_id as string) as facility_id,
        cast('lendingclub:' || loan_id as string) as customer_id,
        cast(business_date as date) as reporting_date,
        cast('other loans' as string) as instrument_type,
        cast('retail_business' as string) as product_family,
        cast(facility_status as string) as facility_status,
        cast(issue_date as date) as inception_date,
        cast(issue_date as date) as settlement_date,
        cast({{ month_end(plus_months('issue_month', 'term')) }} as date) as maturity_date,
        cast(case when facility_status = 'closed' then business_date end as date) as closed_date,
        cast(issue_date as date) as last_disbursement_date,
        cast('USD' as string) as currency,
        cast(loan_amount as decimal(20, 2)) as commitment_amt,
        cast(0 as decimal(20, 2)) as off_balance_amt,
        cast(loan_amount as decimal(20, 2)) as disbursed_cum_amt,
        cast(paid_principal as decimal(20, 2)) as repaid_cum_amt,
        cast(balance as decimal(20, 2)) as outstanding_amt,
        cast(
            case when loan_status = 'Charged Off' then loan_amount - paid_principal - balance else 0 end
            as decimal(20, 2)
        ) as writeoffs_cum_amt,
        cast(cast(interest_rate as decimal(18, 10)) * cast(0.01 as decimal(4, 2)) as decimal(12, 8)) as interest_rate,
        cast(loan_status = 'Charged Off' as boolean) as is_default,
        cast('recorded' as string) as event_basis,
        {{ not_reported('facility', ['project_id', 'project_name', 'approval_date', 'signing_date',
            'first_repayment_date', 'cancelled_amt', 'sold_cum_amt', 'arrears_amt', 'five_tier_class', 'ifrs9_stage',
            'gl_account', 'availability_end_date']) }}
        {{ lineage('lendingclub') }}
    from classified
)

select * from final
