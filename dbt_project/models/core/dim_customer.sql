with known as (
    select * from {{ as_known('customer', ['customer_id']) }} as accepted
),

final as (
    select
        customer_id,
        source_system,
        customer_type,
        legal_name,
        name_basis,
        id_type,
        id_hash,
        id_valid,
        uscc,
        industry_code,
        -- Section letter of GB/T 4754-2017; other classifications have none.
        cast(
            case when substring(industry_code, 1, 1) between 'A' and 'T' then substring(industry_code, 1, 1) end
            as string
        ) as industry_section,
        enterprise_size,
        employees,
        country_code,
        region_code,
        registration_date,
        relationship_start_date,
        group_id,
        lei,
        lei_valid,
        legal_form,
        ownership_type,
        is_listed,
        stock_code,
        registered_capital_amt,
        paid_in_capital_amt,
        annual_turnover_amt,
        balance_sheet_total_amt,
        immediate_parent_id,
        ultimate_parent_id,
        birth_year,
        mobile_hash,
        mobile_valid,
        legal_proceedings_status,
        legal_proceedings_date,
        kyc_risk_level,
        kyc_review_due_date,
        rm_employee_id,
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
