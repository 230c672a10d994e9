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
        cast(lei as string) as lei,
        cast(lei_valid as boolean) as lei_valid,
        cast(legal_form as string) as legal_form,
        cast(ownership_type as string) as ownership_type,
        cast(is_listed as boolean) as is_listed,
        cast(stock_code as string) as stock_code,
        cast(registered_capital_amt as decimal(20, 2)) as registered_capital_amt,
        cast(paid_in_capital_amt as decimal(20, 2)) as paid_in_capital_amt,
        cast(annual_turnover_amt as decimal(20, 2)) as annual_turnover_amt,
        cast('demo:' || immediate_parent_no as string) as immediate_parent_id,
        cast('demo:' || ultimate_parent_no as string) as ultimate_parent_id,
        cast(legal_proceedings_status as string) as legal_proceedings_status,
        cast(legal_proceedings_date as date) as legal_proceedings_date,
        cast(kyc_risk_level as string) as kyc_risk_level,
        cast(kyc_review_due_date as date) as kyc_review_due_date,
        cast(rm_employee_no as string) as rm_employee_id,
        {{ not_reported('customer', ['balance_sheet_total_amt', 'birth_year', 'mobile_hash', 'mobile_valid']) }}
        {{ lineage('demo', is_deleted="coalesce(operation = 'D', false)") }}
    from source
)

select * from final
