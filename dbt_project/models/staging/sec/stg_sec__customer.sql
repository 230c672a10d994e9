{#
  The registrant of each filing. Rules (docs/sources/sec.md):
  - `financial` for banks, lenders, brokers, insurers and investment offices: SIC 6000–6499 and 6700–6799;
  - the industry code keeps its SIC behind a prefix, so that nobody takes it for GB/T 4754;
  - the region is the state or province of the business address (ISO 3166-2 where the country is the United States or
    Canada), else the country of that address, else the country of incorporation, else ZZ (unknown).
#}
with source as (
    select * from {{ source('sec', 'sub') }}
),

placed as (
    select
        *,
        coalesce(countryba, countryinc, 'ZZ') as country
    from source
),

final as (
    select
        cast('sec:' || cik as string) as customer_id,
        cast(
            case
                when sic between '6000' and '6499' or sic between '6700' and '6799' then 'financial'
                else 'corporate'
            end as string
        ) as customer_type,
        cast(name as string) as legal_name,
        cast('reported' as string) as name_basis,
        cast(null as string) as id_type,
        cast(null as string) as id_hash,
        cast(null as boolean) as id_valid,
        cast(null as string) as uscc,
        cast('US-SIC:' || sic as string) as industry_code,
        cast(null as string) as enterprise_size,
        cast(null as integer) as employees,
        cast(country as string) as country_code,
        cast(
            case
                when countryba in ('US', 'CA') and stprba is not null then countryba || '-' || stprba
                else country
            end as string
        ) as region_code,
        cast(null as date) as registration_date,
        cast(null as date) as relationship_start_date,
        cast(null as string) as group_id,
        {{ not_reported('customer', ['lei', 'lei_valid', 'legal_form', 'ownership_type', 'is_listed', 'stock_code',
            'registered_capital_amt', 'paid_in_capital_amt', 'annual_turnover_amt', 'balance_sheet_total_amt',
            'immediate_parent_id', 'ultimate_parent_id', 'birth_year', 'mobile_hash', 'mobile_valid',
            'legal_proceedings_status', 'legal_proceedings_date', 'kyc_risk_level', 'kyc_review_due_date',
            'rm_employee_id']) }}
        {{ lineage('sec') }}
    from placed
)

select * from final
