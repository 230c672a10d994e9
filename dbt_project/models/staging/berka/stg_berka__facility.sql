{#
  One row a loan at the date of the delivery. Rules (docs/sources/berka.md):
  - the borrower is the owner of the loan's account (base_berka__loan);
  - status A: closed and paid; B: the contract ended, the loan is not paid: still owed, in default; C: running as agreed;
    D: running, in debt: in default, as everybody who used these data reads it;
  - no balance is delivered: outstanding is 0 where the loan was paid back, and unknown otherwise.
#}
with classified as (
    select
        *,
        case
            when status = 'A' then 'closed'
            when status in ('B', 'C', 'D') then 'active'
            -- A status that the contract does not know is passed on for DQ-21 to find.
            else status
        end as facility_status
    from {{ ref('base_berka__loan') }}
),

final as (
    select
        cast('berka:' || loan_id as string) as facility_id,
        cast('berka:' || owner_id as string) as customer_id,
        cast(business_date as date) as reporting_date,
        cast('other loans' as string) as instrument_type,
        cast('retail_business' as string) as product_family,
        cast(facility_status as string) as facility_status,
        cast(granted_date as date) as approval_date,
        cast(granted_date as date) as inception_date,
        cast(granted_date as date) as settlement_date,
        cast(maturity_date as date) as maturity_date,
        cast(case when status = 'A' then least(maturity_date, business_date) end as date) as closed_date,
        cast(granted_date as date) as last_disbursement_date,
        cast('CZK' as string) as currency,
        cast(amount as decimal(20, 2)) as commitment_amt,
        cast(0 as decimal(20, 2)) as off_balance_amt,
        cast(amount as decimal(20, 2)) as disbursed_cum_amt,
        cast(case when status = 'A' then amount end as decimal(20, 2)) as repaid_cum_amt,
        cast(case when status = 'A' then 0 end as decimal(20, 2)) as outstanding_amt,
        cast(status in ('B', 'D') as boolean) as is_default,
        cast('recorded' as string) as event_basis,
        {{ not_reported('facility', ['project_id', 'project_name', 'signing_date', 'first_repayment_date',
            'cancelled_amt', 'sold_cum_amt', 'arrears_amt', 'writeoffs_cum_amt', 'interest_rate', 'five_tier_class',
            'ifrs9_stage', 'gl_account', 'availability_end_date']) }}
        {{ lineage('berka') }}
    from classified
)

select * from final
