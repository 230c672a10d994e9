{#
  One row a note and month end. The product code gives instrument type and family as it does for facilities; an unknown
  code is passed on for DQ-21 to find.
#}
with source as (
    select * from {{ source('demo', 'loan_notes') }}
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
        cast('demo:' || note_no as string) as instrument_id,
        cast('demo:' || facility_no as string) as facility_id,
        cast('demo:' || customer_no as string) as customer_id,
        cast(report_date as date) as reporting_date,
        cast(instrument_type as string) as instrument_type,
        cast(product_family as string) as product_family,
        cast(note_status as string) as instrument_status,
        cast(purpose as string) as purpose,
        cast(product_code = 'PF01' as boolean) as is_project_finance,
        cast(inception_date as date) as inception_date,
        cast(settlement_date as date) as settlement_date,
        cast(maturity_date as date) as maturity_date,
        cast(closed_date as date) as closed_date,
        cast(currency as string) as currency,
        cast(commitment_amt as decimal(20, 2)) as commitment_amt,
        cast(outstanding_amt as decimal(20, 2)) as outstanding_amt,
        cast(off_balance_amt as decimal(20, 2)) as off_balance_amt,
        cast(accrued_interest_amt as decimal(20, 2)) as accrued_interest_amt,
        cast(arrears_amt as decimal(20, 2)) as arrears_amt,
        cast(arrears_principal_amt as decimal(20, 2)) as arrears_principal_amt,
        cast(past_due_date as date) as past_due_date,
        cast(overdue_days as integer) as source_dpd_days,
        cast(capitalised_interest_amt as decimal(20, 2)) as capitalised_interest_cum_amt,
        cast(interest_rate as decimal(12, 8)) as interest_rate,
        cast(rate_type as string) as interest_rate_type,
        cast(reference_rate as string) as reference_rate,
        cast(amortisation as string) as amortisation_type,
        cast(payment_frequency as string) as payment_frequency,
        cast(recourse as string) as recourse,
        cast(default_status as string) as default_status,
        cast(default_date as date) as default_status_date,
        cast(forbearance_status as string) as forbearance_status,
        cast(forbearance_date as date) as forbearance_date,
        cast(five_tier_class as string) as five_tier_class,
        cast(is_technical_delay as boolean) as is_technical_delay,
        cast(ifrs9_stage as integer) as ifrs9_stage,
        {{ not_reported('instrument', ['stage_rebuttal_ref']) }}
        cast(impairment_amt as decimal(20, 2)) as accumulated_impairment_amt,
        cast(carrying_amt as decimal(20, 2)) as carrying_amt,
        cast(writeoffs_amt as decimal(20, 2)) as writeoffs_cum_amt,
        cast(recoveries_amt as decimal(20, 2)) as recoveries_cum_amt,
        cast(guarantee_mode as string) as guarantee_mode,
        cast(pd_12m as decimal(9, 8)) as pd_12m,
        cast(lgd as decimal(9, 8)) as lgd,
        cast(disbursed_cum_amt as decimal(20, 2)) as disbursed_cum_amt,
        {{ lineage('demo') }}
    from classified
)

select * from final
