{#
  One row a loan and snapshot. Rules:
  - currency is USD: the column is empty in every row, and the lender publishes the table in US dollars;
  - inception is the signing of the agreement, and the board's approval until it is signed;
  - a repaid or transferred loan closed on its last repayment date, a cancelled or terminated one on its closing date,
    neither later than the snapshot that reports it;
  - disbursements may be asked for up to the closing date, past or planned (availability period);
  - the rate is delivered in percent and stored as a fraction;
  - events are derived from differences between snapshots (`event_basis`), see fct_credit_event.
#}
with source as (
    select * from {{ source('ibrd', 'loans') }}
),

classified as (
    select
        *,
        case
            when loan_status in ('Fully Repaid', 'Fully Transferred') then 'closed'
            when loan_status in ('Fully Cancelled', 'Terminated') then 'cancelled'
            when loan_status in ('Approved', 'Signed') then 'approved'
            when
                loan_status in ('Effective', 'Disbursing', 'Repaying', 'Disbursing&Repaying', 'Fully Disbursed')
                then 'active'
            -- A status word that the contract does not know is passed on for DQ-21 to find.
            else loan_status
        end as facility_status
    from source
),

final as (
    select
        cast('ibrd:' || loan_number as string) as facility_id,
        {{ party_id('ibrd', 'country_code', 'coalesce(borrower, guarantor, country)') }} as customer_id,
        cast(end_of_period as date) as reporting_date,
        cast('other loans' as string) as instrument_type,
        cast('project_finance' as string) as product_family,
        cast(facility_status as string) as facility_status,
        cast(project_id as string) as project_id,
        cast(project_name as string) as project_name,
        cast(board_approval_date as date) as approval_date,
        cast(agreement_signing_date as date) as signing_date,
        cast(coalesce(agreement_signing_date, board_approval_date) as date) as inception_date,
        cast(null as date) as settlement_date,
        cast(first_repayment_date as date) as first_repayment_date,
        cast(last_repayment_date as date) as maturity_date,
        cast(
            case
                when facility_status = 'closed' then least(coalesce(last_repayment_date, end_of_period), end_of_period)
                when facility_status = 'cancelled' then least(coalesce(closed_date, end_of_period), end_of_period)
            end as date
        ) as closed_date,
        cast(last_disbursement_date as date) as last_disbursement_date,
        cast('USD' as string) as currency,
        cast(original_principal_amount as decimal(20, 2)) as commitment_amt,
        cast(cancelled_amount as decimal(20, 2)) as cancelled_amt,
        cast(undisbursed_amount as decimal(20, 2)) as off_balance_amt,
        cast(disbursed_amount as decimal(20, 2)) as disbursed_cum_amt,
        cast(repaid_to_ibrd as decimal(20, 2)) as repaid_cum_amt,
        cast(sold_3rd_party as decimal(20, 2)) as sold_cum_amt,
        cast(borrowers_obligation as decimal(20, 2)) as outstanding_amt,
        cast(null as decimal(20, 2)) as arrears_amt,
        cast(null as decimal(20, 2)) as writeoffs_cum_amt,
        cast(cast(interest_rate as decimal(18, 10)) * cast(0.01 as decimal(4, 2)) as decimal(12, 8)) as interest_rate,
        cast(null as string) as five_tier_class,
        cast(null as integer) as ifrs9_stage,
        cast(null as boolean) as is_default,
        cast('snapshot' as string) as event_basis,
        {{ not_reported('facility', ['gl_account']) }}
        cast(closed_date as date) as availability_end_date,
        {{ lineage('ibrd') }}
    from classified
)

select * from final
