{# An account of this bank names its facility. #}
with source as (
    select * from {{ source('demo_bureau', 'accounts') }}
),

final as (
    select
        cast('demo:' || report_no as string) as report_id,
        cast(account_no as integer) as account_no,
        cast(institution_code as string) as institution_hash,
        cast('demo:' || facility_no as string) as own_facility_id,
        cast(account_type as string) as account_type,
        cast(open_date as date) as open_date,
        cast(close_date as date) as close_date,
        cast(credit_limit_amt as decimal(20, 2)) as credit_limit_amt,
        cast(balance_amt as decimal(20, 2)) as balance_amt,
        cast(five_tier_class as string) as five_tier_class,
        cast(months_overdue as integer) as months_overdue,
        cast(max_overdue_24m as integer) as max_overdue_24m,
        cast(overdue_amt as decimal(20, 2)) as overdue_amt,
        cast(repayment_string_24m as string) as repayment_string_24m,
        cast(guarantee_liability_amt as decimal(20, 2)) as guarantee_liability_amt,
        cast(currency as string) as currency,
        {{ lineage('demo_bureau') }}
    from source
)

select * from final
