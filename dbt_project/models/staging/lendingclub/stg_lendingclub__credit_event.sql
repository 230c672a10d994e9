{# Each loan was paid out once and whole, in its month of issue: one drawdown, dated to the last day of that month. #}
with source as (
    select
        *,
        {{ lendingclub_loan_id() }} as loan_id
    from {{ source('lendingclub', 'loans') }}
),

final as (
    select
        cast('lendingclub:' || loan_id || ':drawdown' as string) as event_id,
        cast('lendingclub:' || loan_id as string) as facility_id,
        cast('lendingclub:' || loan_id as string) as customer_id,
        cast('drawdown' as string) as event_type,
        cast({{ month_end('issue_month') }} as date) as event_date,
        cast(loan_amount as decimal(20, 2)) as event_amt,
        cast('USD' as string) as currency,
        cast(null as string) as reversal_of_event_id,
        cast(false as boolean) as is_opening,
        {{ lineage('lendingclub') }}
    from source
)

select * from final
