{#
  The amounts of money among the cells. Rules (docs/sources/nyse.md):
  - left out: prices, shares, ratios and margins, which are no money;
  - left out: a zero in a total that no company has at zero (current assets, current liabilities, cost of revenue): the
    copy prints 0 where the filer, mostly a bank, reports no such line;
  - left out: a cell that is no number (NYSE-01 blocks it);
  - a number in scientific notation is passed on: NYSE-02 sets it aside, since its digits are lost.
#}
with source as (
    select * from {{ source('nyse', 'fundamentals') }}
    where
        cell is not null
        and label not in (
            'Price', 'After Tax ROE', 'Cash Ratio', 'Current Ratio', 'Gross Margin', 'Operating Margin',
            'Pre-Tax Margin', 'Pre-Tax ROE', 'Profit Margin', 'Quick Ratio', 'Earnings Per Share',
            'Estimated Shares Outstanding'
        )
),

amounts as (
    select
        *,
        try_cast(cell as decimal(38, 4)) as amount
    from source
),

final as (
    select
        cast('nyse:' || ticker_symbol || ':' || cast(period_ending as string) as string) as statement_id,
        cast(null as string) as item_code,
        cast(label as string) as source_label,
        cast(period_ending as date) as period_end_date,
        cast(
            case
                when label in (
                    'Accounts Payable', 'Capital Surplus', 'Cash and Cash Equivalents', 'Common Stocks',
                    'Deferred Asset Charges', 'Deferred Liability Charges', 'Fixed Assets', 'Goodwill',
                    'Intangible Assets', 'Inventory', 'Long-Term Debt', 'Long-Term Investments', 'Minority Interest',
                    'Misc. Stocks', 'Net Receivables', 'Other Assets', 'Other Current Assets',
                    'Other Current Liabilities', 'Other Equity', 'Other Liabilities', 'Retained Earnings',
                    'Short-Term Debt / Current Portion of Long-Term Debt', 'Short-Term Investments', 'Total Assets',
                    'Total Current Assets', 'Total Current Liabilities', 'Total Equity', 'Total Liabilities',
                    'Total Liabilities & Equity', 'Treasury Stock'
                ) then 0
                else 12
            end as integer
        ) as period_months,
        cast(amount as decimal(38, 4)) as line_amt,
        cast('USD' as string) as currency,
        {{ not_reported('statement_line', ['statement_part']) }}
        {{ lineage('nyse') }}
    from amounts
    where
        amount is not null
        and not (
            amount = 0 and label in ('Total Current Assets', 'Total Current Liabilities', 'Cost of Revenue')
        )
)

select * from final
