{# A person has no name here: identity number or credit code are known by a pseudonym and by the check of landing. #}
with source as (
    select * from {{ source('demo', 'persons') }}
),

final as (
    select
        cast('demo:' || customer_no as string) as customer_id,
        cast(
            case customer_kind when '个人' then 'personal' when '个体工商户' then 'sole_trader' else customer_kind end
            as string
        ) as customer_type,
        cast(null as string) as legal_name,
        cast('reported' as string) as name_basis,
        cast(case customer_kind when '个体工商户' then 'cn_uscc' else 'cn_ric' end as string) as id_type,
        cast(
            case customer_kind when '个体工商户' then trade_uscc_pseudonym else id_number_pseudonym end as string
        ) as id_hash,
        cast(case customer_kind when '个体工商户' then trade_uscc_valid else id_number_valid end as boolean) as id_valid,
        cast(null as string) as uscc,
        cast(industry_code as string) as industry_code,
        cast(null as string) as enterprise_size,
        cast(null as integer) as employees,
        cast('CN' as string) as country_code,
        cast(region_code as string) as region_code,
        cast(null as date) as registration_date,
        cast(relationship_start_date as date) as relationship_start_date,
        cast(null as string) as group_id,
        cast(id_number_birth_year as integer) as birth_year,
        cast(mobile_pseudonym as string) as mobile_hash,
        cast(mobile_valid as boolean) as mobile_valid,
        cast(
            case kyc_risk_level when '低' then 'low' when '中' then 'medium' when '高' then 'high' else kyc_risk_level end
            as string
        ) as kyc_risk_level,
        cast(kyc_review_due_date as date) as kyc_review_due_date,
        cast(rm_employee_no as string) as rm_employee_id,
        {{ not_reported('customer', ['lei', 'lei_valid', 'legal_form', 'ownership_type', 'is_listed', 'stock_code',
            'registered_capital_amt', 'paid_in_capital_amt', 'annual_turnover_amt', 'balance_sheet_total_amt',
            'immediate_parent_id', 'ultimate_parent_id', 'legal_proceedings_status', 'legal_proceedings_date']) }}
        {{ lineage('demo', is_deleted="coalesce(operation = '删除', false)") }}
    from source
)

select * from final
