{#
  What an enterprise is compared by in its industry (spec §4.3): revenue of twelve months, operating margin (P2) and
  growth of revenue (W1) of the statement that mart_financial_health assesses. Customers are compared within one
  currency.
#}
with statements as (
    select
        customer_id,
        statement_id,
        period_end_date,
        currency,
        flow_basis,
        revenue_amt,
        case when w1_revenue_growth_ratio_status in ('ok', 'stale') then w1_revenue_growth_ratio end as growth_ratio
    from {{ ref('mart_financial_health') }}
    where as_of_date = {{ as_of_date() }}
),

own_periods as (
    select
        statement_id,
        pl_op_amt,
        pl_rev_amt
    from {{ ref('fct_statement_wide') }}
    where is_own_period
),

customers as (
    select
        customer_id,
        industry_section,
        -- Section, division and group; a code of the section alone or of a division has no group.
        case when industry_section is not null and length(industry_code) >= 4 then substring(industry_code, 1, 4) end
            as industry_group
    from {{ ref('dim_customer') }}
    where customer_type not in ('personal', 'sole_trader')
),

final as (
    select
        customers.customer_id,
        customers.industry_section,
        customers.industry_group,
        statements.period_end_date,
        statements.flow_basis,
        statements.currency,
        statements.revenue_amt,
        case
            when own_periods.pl_rev_amt > 0 then {{ exact_ratio('own_periods.pl_op_amt', 'own_periods.pl_rev_amt') }}
        end as margin_ratio,
        statements.growth_ratio
    from customers
    inner join statements
        on customers.customer_id = statements.customer_id
    left join own_periods
        on statements.statement_id = own_periods.statement_id
)

select * from final
