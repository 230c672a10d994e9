{# One row an account of a branch and month end. #}
with source as (
    select * from {{ source('demo', 'gl_balances') }}
),

final as (
    select
        cast('demo:' || account_no as string) as gl_account,
        cast(report_date as date) as reporting_date,
        cast(debit_balance as decimal(20, 2)) as balance_amt,
        cast(currency as string) as currency,
        {{ lineage('demo') }}
    from source
)

select * from final
