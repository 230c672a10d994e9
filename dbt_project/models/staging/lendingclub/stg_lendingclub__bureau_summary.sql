{#
  What the credit bureau said at application, dated to the last day of the month of issue. Ten years in employment stand
  for ten and more; the first credit line is known by its year, which stands for its last day.
#}
with source as (
    select
        *,
        {{ lendingclub_loan_id() }} as loan_id
    from {{ source('lendingclub', 'loans') }}
),

final as (
    select
        cast('lendingclub:' || loan_id as string) as customer_id,
        cast({{ month_end('issue_month') }} as date) as summary_date,
        cast(debt_to_income as decimal(9, 4)) as debt_to_income_pct,
        cast(lower(homeownership) as string) as home_ownership,
        cast(emp_length * 12 as integer) as employment_months,
        cast(delinq_2y as integer) as delinquencies_24m,
        cast(months_since_last_delinq as integer) as months_since_delinquency,
        cast(inquiries_last_12m as integer) as inquiries_12m,
        cast(total_credit_lines as integer) as accounts_total,
        cast(open_credit_lines as integer) as accounts_open,
        cast(num_accounts_30d_past_due as integer) as accounts_30dpd,
        cast(num_accounts_120d_past_due as integer) as accounts_120dpd,
        cast(total_credit_limit as decimal(20, 2)) as credit_limit_amt,
        cast(total_credit_utilized as decimal(20, 2)) as utilised_amt,
        cast(num_collections_last_12m as integer) as collections_12m,
        cast(num_historical_failed_to_pay as integer) as public_records,
        cast(tax_liens as integer) as tax_liens,
        cast(cast(earliest_credit_line as string) || '-12-31' as date) as first_credit_date,
        cast('USD' as string) as currency,
        {{ lineage('lendingclub') }}
    from source
)

select * from final
