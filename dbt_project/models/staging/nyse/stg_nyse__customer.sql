{#
  The companies of the index, one row a security; two classes of shares of one company are two customers, as their
  statements are delivered twice. GICS financials and real estate (trusts) are `financial`. The industry code keeps its
  sub-industry behind a prefix, so that nobody takes it for GB/T 4754.
#}
with source as (
    select * from {{ source('nyse', 'securities') }}
),

placed as (
    select
        *,
        case country
            when 'United States' then 'US'
            when 'Ireland' then 'IE'
            when 'United Kingdom' then 'GB'
            when 'Switzerland' then 'CH'
            when 'Netherlands' then 'NL'
            when 'Bermuda' then 'BM'
            else 'ZZ'
        end as country_code
    from source
),

final as (
    select
        cast('nyse:' || ticker_symbol as string) as customer_id,
        cast(
            case when gics_sector in ('Financials', 'Real Estate') then 'financial' else 'corporate' end as string
        ) as customer_type,
        cast(security as string) as legal_name,
        cast('reported' as string) as name_basis,
        cast('GICS:' || gics_sub_industry as string) as industry_code,
        cast(country_code as string) as country_code,
        cast(country_code as string) as region_code,
        cast(true as boolean) as is_listed,
        cast(ticker_symbol as string) as stock_code,
        {{ not_reported('customer', ['id_type', 'id_hash', 'id_valid', 'uscc', 'enterprise_size', 'employees',
            'registration_date', 'relationship_start_date', 'group_id', 'lei', 'lei_valid', 'legal_form',
            'ownership_type', 'registered_capital_amt', 'paid_in_capital_amt', 'annual_turnover_amt',
            'balance_sheet_total_amt', 'immediate_parent_id', 'ultimate_parent_id', 'birth_year', 'mobile_hash',
            'mobile_valid', 'legal_proceedings_status', 'legal_proceedings_date', 'kyc_risk_level',
            'kyc_review_due_date', 'rm_employee_id']) }}
        {{ lineage('nyse') }}
    from placed
)

select * from final
