{#
  Loan payments: transactions with k_symbol UVER. They name an account; an account has at most one loan (BERKA-01), so
  payments and loans are laid one under the other and each payment takes the loan of its account. The loans of these data
  bear no interest apart (amount = payments times duration), so all of a payment is principal. Every other transaction
  is the client's own and stays in raw.
#}
with paid as (
    select * from {{ source('berka', 'transactions') }}
    where k_symbol = 'UVER'
),

loans as (
    select
        account_id,
        loan_id
    from {{ source('berka', 'loans') }}
),

stacked as (
    select
        account_id,
        cast(null as string) as loan_id,
        trans_id,
        trans_date,
        trans_kind,
        amount,
        batch_id,
        source_row,
        business_date,
        known_at,
        version_no
    from paid

    union all

    select
        account_id,
        loan_id,
        cast(null as string) as trans_id,
        cast(null as date) as trans_date,
        cast(null as string) as trans_kind,
        cast(null as decimal(20, 2)) as amount,
        cast(null as string) as batch_id,
        cast(null as bigint) as source_row,
        cast(null as date) as business_date,
        cast(null as timestamp) as known_at,
        cast(null as integer) as version_no
    from loans
),

assigned as (
    select
        *,
        max(loan_id) over (partition by account_id) as account_loan_id
    from stacked
),

final as (
    select
        cast('berka:' || trans_id as string) as payment_id,
        cast('berka:' || account_loan_id as string) as instrument_id,
        cast(trans_date as date) as value_date,
        cast(trans_date as date) as booking_date,
        cast(amount as decimal(20, 2)) as payment_amt,
        cast(amount as decimal(20, 2)) as principal_amt,
        cast('CZK' as string) as currency,
        cast(
            case trans_kind
                when 'PREVOD NA UCET' then 'transfer'
                when 'VYBER' then 'counter'
                else trans_kind
            end as string
        ) as channel,
        cast(trans_id as string) as channel_reference,
        {{ not_reported('payment', ['interest_amt', 'fee_amt', 'penalty_amt', 'is_prepayment', 'is_duplicate_flagged',
            'reversal_of_payment_id']) }}
        {{ lineage('berka') }}
    from assigned
    where trans_id is not null
)

select * from final
