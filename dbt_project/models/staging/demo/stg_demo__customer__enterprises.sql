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
        {{ lineage('demo') }}
    from source
)

select * from final
