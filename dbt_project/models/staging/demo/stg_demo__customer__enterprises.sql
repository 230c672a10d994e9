{# A company is identified by its USCC, which is public data: no pseudonym, its check was made at landing. #}
with source as (
    select * from {{ source('demo', 'enterprises') }}
),

final as (
    select
        cast('demo:' || customer_no as string) as customer_id,
        cast(customer_type as string) as customer_type,
        cast(legal_name as string) as legal_name,
        cast('reported' as string) as name_basis,
        cast('cn_uscc' as string) as id_type,
        cast(null as string) as id_hash,
        cast(uscc_valid as boolean) as id_valid,
        cast(uscc as string) as uscc,
        cast(industry_code as string) as industry_code,
        cast(enterprise_size as string) as enterprise_size,
        cast(employees as integer) as employees,
        cast('CN' as string) as country_code,
        cast(region_code as string) as region_code,
        cast(registration_date as date) as registration_date,
        cast(relationship_start_date as date) as relationship_start_date,
        cast('demo:' || group_no as string) as group_id,
        {{ not_reported('customer', ['lei', 'lei_valid', 'legal_form', 'ownership_type', 'is_listed', 'stock_code',
            'registered_capital_amt', 'paid_in_capital_amt', 'annual_turnover_amt', 'balance_sheet_total_amt',
            'immediate_parent_id', 'ultimate_parent_id', 'birth_year', 'mobile_hash', 'mobile_valid',
            'legal_proceedings_status', 'legal_proceedings_date', 'kyc_risk_level', 'kyc_review_due_date',
            'rm_employee_id']) }}
        {{ lineage('demo') }}
    from source
)

select * from final
