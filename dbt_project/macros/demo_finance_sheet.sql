{#
  Lines of a sheet of the source demo_finance, one row a cell that has an amount: 万元 become yuan, and the items are found
  by their labels (seed statement_item_map). A sheet is of full years, so flows are of twelve months.
#}
{% macro demo_finance_sheet(feed) -%}
with source as (
    select * from {{ source('demo_finance', feed) }}
),

final as (
    select
        cast('demo:' || statement_no as string) as statement_id,
        cast(null as string) as item_code,
        cast(trim(item_label) as string) as source_label,
        cast(period_end_date as date) as period_end_date,
        cast(case when statement_name = '资产负债表' then 0 else 12 end as integer) as period_months,
        cast(amount * 10000 as decimal(38, 4)) as line_amt,
        cast('CNY' as string) as currency,
        {{ not_reported('statement_line', ['statement_part']) }}
        {{ lineage('demo_finance') }}
    from source
    where amount is not null
)

select * from final
{%- endmacro %}
