{#
  The columns of each statement side by side (宽表): one row a statement and period end, the balances of that day and the
  flows up to it. Where a statement reports flows of several lengths, those of its own period to date stand here, else
  the longest of at most twelve months. A test holds the list of items against the seed statement_item.
#}
{%- set items = [
    'BS_CASH', 'BS_TRADING_FA', 'BS_DERIV_A', 'BS_NOTES_REC', 'BS_AR', 'BS_REC_FIN', 'BS_PREPAY', 'BS_OTH_REC',
    'BS_INVENTORY', 'BS_CONTRACT_A', 'BS_HFS_A', 'BS_NCA_DUE1Y', 'BS_OTH_CA', 'BS_TCA', 'BS_DEBT_INV',
    'BS_OTH_DEBT_INV', 'BS_LT_REC', 'BS_LT_EQ_INV', 'BS_INV_PROP', 'BS_PPE', 'BS_CIP', 'BS_ROU', 'BS_INTANG',
    'BS_GOODWILL', 'BS_DTA', 'BS_OTH_NCA', 'BS_TNCA', 'BS_TA', 'BS_ST_LOAN', 'BS_NOTES_PAY', 'BS_AP', 'BS_ADV_REC',
    'BS_CONTRACT_L', 'BS_PAYROLL', 'BS_TAX_PAY', 'BS_OTH_PAY', 'BS_NCL_DUE1Y', 'BS_OTH_CL', 'BS_TCL', 'BS_LT_LOAN',
    'BS_BONDS', 'BS_LEASE_L', 'BS_LT_PAY', 'BS_PROVISION', 'BS_DTL', 'BS_TNCL', 'BS_TL', 'BS_PAIDIN',
    'BS_OTH_EQ_INSTR', 'BS_CAP_RES', 'BS_TREASURY', 'BS_OCI', 'BS_SPEC_RES', 'BS_SURPLUS', 'BS_RETAINED',
    'BS_MINORITY', 'BS_TE', 'BS_TLE', 'PL_REV', 'PL_COGS', 'PL_TAX_SUR', 'PL_SELL', 'PL_ADMIN', 'PL_RD', 'PL_FIN',
    'PL_INT_EXP', 'PL_INT_INC', 'PL_OTH_INC', 'PL_INV_INC', 'PL_FV_GAIN', 'PL_CREDIT_IMP', 'PL_ASSET_IMP',
    'PL_DISPOSAL', 'PL_OP', 'PL_NONOP_INC', 'PL_NONOP_EXP', 'PL_PBT', 'PL_TAX', 'PL_NP', 'PL_NP_PARENT',
    'PL_NP_MINORITY', 'CF_OP_IN', 'CF_OP_OUT', 'CF_CFO', 'CF_CAPEX', 'CF_CFI', 'CF_CFF', 'CF_DEBT_REPAID',
    'CF_DIV_INT_PAID', 'CF_FX', 'CF_NET', 'CF_CASH_BEG', 'CF_CASH_END', 'SUP_DEP', 'SUP_AMORT', 'EQ_DIV',
    'EQ_SURPLUS_APPR', 'EQ_RE_OTHER'
] %}
with statements as (
    select * from {{ ref('fct_statement') }}
),

item_lines as (
    select * from {{ ref('fct_statement_line') }}
),

flow_lengths as (
    select
        item_lines.statement_id,
        item_lines.period_end_date,
        item_lines.period_months,
        row_number() over (
            partition by item_lines.statement_id, item_lines.period_end_date
            order by
                case when item_lines.period_months = statements.period_months then 1 else 2 end asc,
                item_lines.period_months desc
        ) as preference
    from item_lines
    inner join statements
        on item_lines.statement_id = statements.statement_id
    where item_lines.period_months between 1 and 12
    group by
        item_lines.statement_id, item_lines.period_end_date, item_lines.period_months, statements.period_months
),

figures as (
    select
        item_lines.statement_id,
        item_lines.period_end_date,
        {%- for item in items %}
            max(case when item_lines.item_code = '{{ item }}' then item_lines.line_amt end) as {{ item | lower }}_amt,
        {%- endfor %}
        max(flow_lengths.period_months) as flow_months
    from item_lines
    left join flow_lengths
        on
            item_lines.statement_id = flow_lengths.statement_id
            and item_lines.period_end_date = flow_lengths.period_end_date
            and flow_lengths.preference = 1
    where item_lines.period_months = 0 or item_lines.period_months = flow_lengths.period_months
    group by item_lines.statement_id, item_lines.period_end_date
),

final as (
    select
        figures.statement_id,
        figures.period_end_date,
        statements.source_system,
        statements.customer_id,
        statements.currency,
        figures.period_end_date = statements.period_end_date as is_own_period,
        {%- for item in items %}
            figures.{{ item | lower }}_amt,
        {%- endfor %}
        cast(figures.flow_months as integer) as flow_months
    from figures
    inner join statements
        on figures.statement_id = statements.statement_id
)

select * from final
