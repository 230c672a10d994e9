{# A person has no name here: the identity number is known by its pseudonym and by the check that landing made. #}
with source as (
    select * from {{ source('demo', 'persons') }}
),

final as (
    select
        cast('demo:' || customer_no as string) as customer_id,
        cast('personal' as string) as customer_type,
        cast(null as string) as legal_name,
        cast('reported' as string) as name_basis,
        cast('cn_ric' as string) as id_type,
        cast(id_number_pseudonym as string) as id_hash,
        cast(id_number_valid as boolean) as id_valid,
        cast(null as string) as uscc,
        cast(industry_code as string) as industry_code,
        cast(null as string) as enterprise_size,
        cast(null as integer) as employees,
        cast('CN' as string) as country_code,
        cast(region_code as string) as region_code,
        cast(null as date) as registration_date,
        cast(relationship_start_date as date) as relationship_start_date,
        cast(null as string) as group_id,
        cast(mobile_pseudonym as string) as mobile_hash,
        cast(mobile_valid as boolean) as mobile_valid,
        {{ not_reported('customer', ['lei', 'lei_valid', 'legal_form', 'ownership_type', 'is_listed', 'stock_code',
            'registered_capital_amt', 'paid_in_capital_amt', 'annual_turnover_amt', 'balance_sheet_total_amt',
            'immediate_parent_id', 'ultimate_parent_id', 'birth_year', 'legal_proceedings_status',
            'legal_proceedings_date', 'kyc_risk_level', 'kyc_review_due_date', 'rm_employee_id']) }}
        {{ lineage('demo') }}
    from source
)

select * from final
