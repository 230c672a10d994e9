{# A kind or an evidence that is not known goes on as it is, for DQ-21 to find. #}
with source as (
    select * from {{ source('demo_crm', 'assets') }}
),

final as (
    select
        cast('demo:' || customer_no as string) as customer_id,
        cast(asset_no as integer) as asset_no,
        cast(
            case asset_kind
                when '存款' then 'deposit'
                when '理财产品' then 'wealth_product'
                when '基金' then 'fund'
                when '证券' then 'security'
                when '房产' then 'real_estate'
                when '车辆' then 'vehicle'
                when '企业股权' then 'business_equity'
                else asset_kind
            end as string
        ) as asset_type,
        cast(valuation_date as date) as valuation_date,
        cast(asset_amt as decimal(20, 2)) as asset_amt,
        cast(encumbered_amt as decimal(20, 2)) as encumbered_amt,
        cast(ownership_pct / 100 as decimal(9, 6)) as ownership_share,
        cast(
            case evidence
                when '银行记录' then 'bank_record'
                when '不动产登记' then 'registry'
                when '评估报告' then 'appraisal'
                when '客户自述' then 'declared'
                else evidence
            end as string
        ) as verification,
        cast(currency as string) as currency,
        {{ lineage('demo_crm') }}
    from source
)

select * from final
