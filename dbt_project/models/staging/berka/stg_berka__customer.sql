{#
  Clients. The birth number is sealed at landing; its pseudonym, its check and the year of birth go on. A client has no
  name and no address, only the district.
#}
with source as (
    select * from {{ source('berka', 'clients') }}
),

final as (
    select
        cast('berka:' || client_id as string) as customer_id,
        cast('personal' as string) as customer_type,
        cast('not_named' as string) as name_basis,
        cast('cz_birth_number' as string) as id_type,
        cast(null as string) as id_hash,
        cast(birth_number_valid as boolean) as id_valid,
        cast('CZ' as string) as country_code,
        cast('CZ-BERKA-' || cast(district_id as string) as string) as region_code,
        cast(birth_number_birth_year as integer) as birth_year,
        {{ not_reported('customer', ['legal_name', 'uscc', 'industry_code', 'enterprise_size', 'employees',
            'registration_date', 'relationship_start_date', 'group_id', 'lei', 'lei_valid', 'legal_form',
            'ownership_type', 'is_listed', 'stock_code', 'registered_capital_amt', 'paid_in_capital_amt',
            'annual_turnover_amt', 'balance_sheet_total_amt', 'immediate_parent_id', 'ultimate_parent_id',
            'mobile_hash', 'mobile_valid', 'legal_proceedings_status', 'legal_proceedings_date', 'kyc_risk_level',
            'kyc_review_due_date', 'rm_employee_id']) }}
        {{ lineage('berka') }}
    from source
)

select * from final
