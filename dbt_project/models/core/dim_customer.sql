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
        batch_id,
        source_row,
        known_at,
        dq_flag
    from known
)

select * from final
