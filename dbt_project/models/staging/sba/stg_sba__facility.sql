{#
  One row a loan with its outcome. Rules (docs/sources/sba.md):
  - inception is the approval, settlement the disbursement; the loan matures `term` months after it;
  - every loan of the file is over: paid in full or charged off, both closed. A charged-off loan closed on the day it
    was charged off; when a paid one was, is not published: not after its maturity, nor after the file;
  - RevLineCr = Y is a revolving line, everything else a term loan (0 and T are explained nowhere);
  - rows that say both paid in full and charged off are set aside by SBA-01: which of the two is true, nobody can tell.
#}
with source as (
    select * from {{ source('sba', 'loans') }}
),

dated as (
    select
        *,
        {{ plus_months('coalesce(disbursement_date, approval_date)', 'term') }} as maturity_date,
        coalesce(rev_line_cr = 'Y', false) as is_revolving
    from source
),

final as (
    select
        cast('sba:' || loan_nr_chk_dgt as string) as facility_id,
        {{ party_id('sba', 'zip', 'name') }} as customer_id,
        cast(business_date as date) as reporting_date,
        cast(case when is_revolving then 'revolving credit' else 'other loans' end as string) as instrument_type,
        cast(case when is_revolving then 'revolving_trade' else 'term_corporate' end as string) as product_family,
        cast(
            case when mis_status in ('P I F', 'CHGOFF') then 'closed' else mis_status end as string
        ) as facility_status,
        cast(approval_date as date) as approval_date,
        cast(approval_date as date) as inception_date,
        cast(disbursement_date as date) as settlement_date,
        cast(maturity_date as date) as maturity_date,
        cast(
            case when mis_status = 'CHGOFF' then chg_off_date else least(maturity_date, business_date) end as date
        ) as closed_date,
        cast(disbursement_date as date) as last_disbursement_date,
        cast('USD' as string) as currency,
        cast(gr_appv as decimal(20, 2)) as commitment_amt,
        cast(0 as decimal(20, 2)) as off_balance_amt,
        cast(disbursement_gross as decimal(20, 2)) as disbursed_cum_amt,
        cast(disbursement_gross - chg_off_prin_gr - balance_gross as decimal(20, 2)) as repaid_cum_amt,
        cast(balance_gross as decimal(20, 2)) as outstanding_amt,
        cast(chg_off_prin_gr as decimal(20, 2)) as writeoffs_cum_amt,
        cast(mis_status = 'CHGOFF' as boolean) as is_default,
        cast('recorded' as string) as event_basis,
        {{ not_reported('facility', ['project_id', 'project_name', 'signing_date', 'first_repayment_date',
            'cancelled_amt', 'sold_cum_amt', 'arrears_amt', 'interest_rate', 'five_tier_class', 'ifrs9_stage',
            'gl_account', 'availability_end_date']) }}
        {{ lineage('sba') }}
    from dated
)

select * from final
