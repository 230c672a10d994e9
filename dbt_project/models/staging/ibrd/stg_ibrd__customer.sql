{#
  Who owes: country code + normalised borrower name, since "Ministry of Finance" exists in many countries. A missing
  borrower falls back to the guarantor and then to the country, and `name_basis` says which. Every loan row yields its
  borrower; of the rows of one borrower `as_known` takes the last of the latest snapshot.
#}
with source as (
    select * from {{ source('ibrd', 'loans') }}
),

named as (
    select
        *,
        coalesce(borrower, guarantor, country) as party_name,
        case
            when borrower is not null then 'borrower'
            when guarantor is not null then 'guarantor'
            else 'country'
        end as name_basis
    from source
),

final as (
    select
        {{ party_id('ibrd', 'country_code', 'party_name') }} as customer_id,
        cast('public' as string) as customer_type,
        cast(party_name as string) as legal_name,
        cast(name_basis as string) as name_basis,
        cast(null as string) as id_type,
        cast(null as string) as id_hash,
        cast(null as boolean) as id_valid,
        cast(null as string) as uscc,
        cast(null as string) as industry_code,
        cast(null as string) as enterprise_size,
        cast(null as integer) as employees,
        cast(country_code as string) as country_code,
        cast(country_code as string) as region_code,
        cast(null as date) as registration_date,
        cast(null as date) as relationship_start_date,
        cast(null as string) as group_id,
        {{ not_reported('customer', ['lei', 'lei_valid', 'legal_form', 'ownership_type', 'is_listed', 'stock_code',
            'registered_capital_amt', 'paid_in_capital_amt', 'annual_turnover_amt', 'balance_sheet_total_amt',
            'immediate_parent_id', 'ultimate_parent_id', 'birth_year', 'mobile_hash', 'mobile_valid',
            'legal_proceedings_status', 'legal_proceedings_date', 'kyc_risk_level', 'kyc_review_due_date',
            'rm_employee_id']) }}
        {{ lineage('ibrd') }}
    from named
)

select * from final
