{# One row a protection and reporting date; kinds in AnaCredit words, an unknown one is passed on for DQ-21 to find. #}
with source as (
    select * from {{ source('demo', 'collateral') }}
),

final as (
    select
        cast('demo:' || collateral_no as string) as protection_id,
        cast(report_date as date) as reporting_date,
        cast(
            case kind
                when '住宅' then 'residential real estate'
                when '写字楼' then 'offices and commercial premises'
                when '工业厂房' then 'commercial real estate'
                when '在建工程' then 'commercial real estate'
                when '定期存单' then 'currency and deposits'
                when '债券' then 'securities'
                when '应收账款' then 'trade receivables'
                when '保证担保' then 'financial guarantees'
                else kind
            end as string
        ) as protection_type,
        cast(value_amt as decimal(20, 2)) as protection_amt,
        cast(case value_basis when '市场价值' then 'market' when '名义价值' then 'notional' else value_basis end as string)
            as value_type,
        cast(valuation_date as date) as valuation_date,
        cast(original_amt as decimal(20, 2)) as original_amt,
        cast(end_date as date) as maturity_date,
        cast('demo:' || provider_no as string) as provider_id,
        cast(region_code as string) as region_code,
        cast(currency as string) as currency,
        {{ lineage('demo') }}
    from source
)

select * from final
