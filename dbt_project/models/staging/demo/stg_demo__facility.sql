{#
  One row a facility and month end. Rules:
  - the core system's product code gives instrument type (AnaCredit term where there is one) and product family; an
    unknown code is passed on for DQ-21 to find;
  - a contract is in force from its signing, so signing and inception are one date;
  - the bank sells no loans: sold_cum_amt is null;
  - credit events are delivered, not derived (`event_basis`).
#}
with source as (
    select * from {{ source('demo', 'facilities') }}
),

classified as (
    select
        *,
        {{ demo_instrument_type('product_code') }} as instrument_type,
        {{ demo_product_family('product_code') }} as product_family
    from source
),

final as (
    select
        cast('demo:' || facility_no as string) as facility_id,
        cast('demo:' || customer_no as string) as customer_id,
        cast(report_date as date) as reporting_date,
        cast(instrument_type as string) as instrument_type,
        cast(product_family as string) as product_family,
        cast(facility_status as string) as facility_status,
        cast('demo:' || project_no as string) as project_id,
        cast(project_name as string) as project_name,
        cast(approval_date as date) as approval_date,
        cast(inception_date as date) as signing_date,
        cast(inception_date as date) as inception_date,
        cast(settlement_date as date) as settlement_date,
        cast(first_repayment_date as date) as first_repayment_date,
        cast(maturity_date as date) as maturity_date,
        cast(closed_date as date) as closed_date,
        cast(last_disbursement_date as date) as last_disbursement_date,
        cast(currency as string) as currency,
        cast(commitment_amt as decimal(20, 2)) as commitment_amt,
        cast(cancelled_amt as decimal(20, 2)) as cancelled_amt,
        cast(off_balance_amt as decimal(20, 2)) as off_balance_amt,
        cast(disbursed_cum_amt as decimal(20, 2)) as disbursed_cum_amt,
        cast(repaid_cum_amt as decimal(20, 2)) as repaid_cum_amt,
        cast(null as decimal(20, 2)) as sold_cum_amt,
        cast(outstanding_amt as decimal(20, 2)) as outstanding_amt,
        cast(arrears_amt as decimal(20, 2)) as arrears_amt,
        cast(writeoffs_cum_amt as decimal(20, 2)) as writeoffs_cum_amt,
        cast(interest_rate as decimal(12, 8)) as interest_rate,
        cast(five_tier_class as string) as five_tier_class,
        cast(ifrs9_stage as integer) as ifrs9_stage,
        cast(is_default as boolean) as is_default,
        cast('recorded' as string) as event_basis,
        cast({{ demo_gl_account('product_code', 'branch_no') }} as string) as gl_account,
        {{ not_reported('facility', ['availability_end_date']) }}
        {{ lineage('demo') }}
    from classified
)

select * from final
