{#
  The one company whose sheets these are. The files do not name it, and nobody here guesses: name and id say so. One row
  a balance sheet; the latest delivery known describes the customer.
#}
with source as (
    select * from {{ source('cn_statements', 'balance_sheet') }}
    where item like '资产总计%'
),

final as (
    select
        cast('cn_statements:unnamed' as string) as customer_id,
        cast('corporate' as string) as customer_type,
        cast('Company not named in its sheets' as string) as legal_name,
        cast('not_named' as string) as name_basis,
        cast('CN' as string) as country_code,
        cast(true as boolean) as is_listed,
        {{ not_reported('customer', ['id_type', 'id_hash', 'id_valid', 'uscc', 'industry_code', 'enterprise_size',
            'employees', 'region_code', 'registration_date', 'relationship_start_date', 'group_id', 'lei', 'lei_valid',
            'legal_form', 'ownership_type', 'stock_code', 'registered_capital_amt', 'paid_in_capital_amt',
            'annual_turnover_amt', 'balance_sheet_total_amt', 'immediate_parent_id', 'ultimate_parent_id',
            'birth_year', 'mobile_hash', 'mobile_valid', 'legal_proceedings_status', 'legal_proceedings_date',
            'kyc_risk_level', 'kyc_review_due_date', 'rm_employee_id']) }}
        {{ lineage('cn_statements') }}
    from source
)

select * from final
