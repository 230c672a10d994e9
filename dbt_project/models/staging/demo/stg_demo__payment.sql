{# One row a payment; channels in the words of the data standard, an unknown one is passed on for DQ-21 to find. #}
with source as (
    select * from {{ source('demo', 'payments') }}
),

final as (
    select
        cast('demo:' || payment_no as string) as payment_id,
        cast('demo:' || note_no as string) as instrument_id,
        cast(value_date as date) as value_date,
        cast(booking_date as date) as booking_date,
        cast(payment_amt as decimal(20, 2)) as payment_amt,
        cast(principal_amt as decimal(20, 2)) as principal_amt,
        cast(interest_amt as decimal(20, 2)) as interest_amt,
        cast(fee_amt as decimal(20, 2)) as fee_amt,
        cast(penalty_amt as decimal(20, 2)) as penalty_amt,
        cast(currency as string) as currency,
        cast(
            case channel
                when '批量扣款' then 'direct debit'
                when '网上银行' then 'online banking'
                when '手机银行' then 'mobile banking'
                when '柜面' then 'counter'
                when '转账' then 'transfer'
                else channel
            end as string
        ) as channel,
        cast(channel_reference as string) as channel_reference,
        cast(is_prepayment as boolean) as is_prepayment,
        cast(is_duplicate as boolean) as is_duplicate_flagged,
        cast('demo:' || reversal_of_payment_no as string) as reversal_of_payment_id,
        {{ lineage('demo') }}
    from source
)

select * from final
