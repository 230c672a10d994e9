-- Yearly figures of the statements in force, at most six years: consolidated before single before parent's.
with yearly as (
    select
        statements.period_end_date,
        statements.statement_id,
        statements.statement_version,
        statements.is_audited,
        statements.currency,
        figures.pl_rev_amt as revenue_amt,
        figures.pl_np_amt as net_profit_amt,
        figures.cf_cfo_amt as operating_cash_flow_amt,
        figures.bs_ta_amt as total_assets_amt,
        row_number() over (
            partition by statements.period_end_date
            order by
                case statements.scope when 'consolidated' then 1 when 'single' then 2 else 3 end,
                statements.published_date desc nulls last,
                statements.statement_id desc
        ) as preference
    from core.fct_statement as statements
    inner join core.fct_statement_wide as figures
        on statements.statement_id = figures.statement_id and figures.is_own_period
    where
        statements.customer_id = $customer_id
        and statements.is_current_version
        and statements.period_type = 'annual'
        and statements.period_end_date <= $as_of
)

select * exclude (preference)
from yearly
where preference = 1
order by period_end_date desc
limit 6
