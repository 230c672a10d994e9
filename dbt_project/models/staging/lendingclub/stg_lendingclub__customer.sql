{#
  The borrower of each loan. The file names nobody and has no key column, so each loan is a person of its own: the id is
  the digest of the application (macro lendingclub_loan_id). Two loans of one person cannot be told from two persons.
#}
with source as (
    select
        *,
        {{ lendingclub_loan_id() }} as loan_id
    from {{ source('lendingclub', 'loans') }}
),

final as (
    select
        cast('lendingclub:' || loan_id as string) as customer_id,
        cast('personal' as string) as customer_type,
        cast('not_named' as string) as name_basis,
        cast('US' as string) as country_code,
        cast('US-' || state as string) as region_code,
        cast({{ month_end('issue_month') }} as date) as relationship_start_date,
        {{ not_reported('customer', ['legal_name', 'id_type', 'id_hash', 'id_valid', 'uscc', 'industry_code',
            'enterprise_size', 'employees', 'registration_date', 'group_id', 'lei', 'lei_valid', 'legal_form',
            'ownership_type', 'is_listed', 'stock_code', 'registered_capital_amt', 'paid_in_capital_amt',
            'annual_turnover_amt', 'balance_sheet_total_amt', 'immediate_parent_id', 'ultimate_parent_id',
            'birth_year', 'mobile_hash', 'mobile_valid', 'legal_proceedings_status', 'legal_proceedings_date',
            'kyc_risk_level', 'kyc_review_due_date', 'rm_employee_id']) }}
        {{ lineage('lendingclub') }}
    from source
)

select * from final
