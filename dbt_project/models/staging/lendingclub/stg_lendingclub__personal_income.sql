{#
  The applicant's own income of a year, as of the month of issue. The file does not say what kind of income it is, so it
  is `other`; the joint income of two applicants is nobody's own and is left out.
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
        cast('other' as string) as income_type,
        cast({{ month_end('issue_month') }} as date) as period_end_date,
        cast(12 as integer) as period_months,
        cast(annual_income as decimal(20, 2)) as income_amt,
        cast(
            case verified_income
                when 'Not Verified' then 'declared'
                when 'Source Verified' then 'income_source'
                when 'Verified' then 'lender'
                else verified_income
            end as string
        ) as verification,
        cast('USD' as string) as currency,
        {{ lineage('lendingclub') }}
    from source
    where annual_income is not null
)

select * from final
