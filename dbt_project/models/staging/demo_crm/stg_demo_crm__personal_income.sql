{# Amounts come in 万元; a kind or an evidence that is not known goes on as it is, for DQ-21 to find. #}
with source as (
    select * from {{ source('demo_crm', 'incomes') }}
),

final as (
    select
        cast('demo:' || customer_no as string) as customer_id,
        cast(
            case income_kind
                when '经营收入' then 'business'
                when '工资薪金' then 'salary'
                when '租金' then 'rental'
                when '投资收益' then 'investment'
                when '养老金' then 'pension'
                else income_kind
            end as string
        ) as income_type,
        cast(period_end_date as date) as period_end_date,
        cast(period_months as integer) as period_months,
        cast(income_wan * 10000 as decimal(20, 2)) as income_amt,
        cast(
            case evidence
                when '纳税证明' then 'tax'
                when '银行流水' then 'payroll'
                when '社保公积金' then 'housing_fund'
                when '客户自述' then 'declared'
                else evidence
            end as string
        ) as verification,
        cast(currency as string) as currency,
        {{ lineage('demo_crm') }}
    from source
)

select * from final
