{# One column an item becomes one row an item; balances have no months, flows those since the start of the year. #}
{%- set items = [
    'BS_CASH', 'BS_TRADING_FA', 'BS_AR', 'BS_INVENTORY', 'BS_TCA', 'BS_PPE', 'BS_TNCA', 'BS_TA', 'BS_ST_LOAN',
    'BS_AP', 'BS_NCL_DUE1Y', 'BS_TCL', 'BS_LT_LOAN', 'BS_TNCL', 'BS_TL', 'BS_PAIDIN', 'BS_SURPLUS', 'BS_RETAINED',
    'BS_TE', 'PL_REV', 'PL_COGS', 'PL_SELL', 'PL_ADMIN', 'PL_FIN', 'PL_INT_EXP', 'PL_OP', 'PL_NONOP_INC',
    'PL_NONOP_EXP', 'PL_PBT', 'PL_TAX', 'PL_NP', 'PL_NP_PARENT', 'CF_CFO', 'CF_CAPEX', 'CF_CFI', 'CF_CFF', 'CF_FX',
    'CF_NET', 'CF_CASH_BEG', 'CF_CASH_END'
] %}
with source as (
    select
        *,
        cast(extract(month from period_end_date) as integer) as months_to_date
    from {{ source('demo_finance', 'interims') }}
),

items as (
    {%- for item in items %}
        select
            '{{ item }}' as item_code,
            {{ 'months_to_date' if item[:2] != 'BS' else '0' }} as months,
            {{ item | lower }} as amount,
            source.*
        from source
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}
),

final as (
    select
        cast('demo:' || statement_no as string) as statement_id,
        cast(item_code as string) as item_code,
        cast(item_code as string) as source_label,
        cast(period_end_date as date) as period_end_date,
        cast(months as integer) as period_months,
        cast(amount * unit_multiplier as decimal(38, 4)) as line_amt,
        cast('CNY' as string) as currency,
        {{ not_reported('statement_line', ['statement_part']) }}
        {{ lineage('demo_finance') }}
    from items
    where amount is not null
)

select * from final
