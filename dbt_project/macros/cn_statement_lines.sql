{#
  Lines of one of the three sheets of cn_statements. Rules (docs/sources/cn_statements.md):
  - only items whose unit is printed as 万元, times 10,000: earnings per share have none and are no money;
  - the label is the item without its unit (one item lost the closing bracket), under the sheet it stands in (`BS:`,
    `PL:`, `CF:`), since 净利润 and others stand in two of them;
  - `--` and empty cells are no line; a printed 0 is one;
  - the item code stays open: labels become items in core, through the seed statement_item_map.
#}
{% macro cn_statement_lines(sheet, part, months) -%}
with source as (
    select * from {{ source('cn_statements', sheet) }}
    where amount is not null and item like '%(万元%'
),

final as (
    select
        cast('cn_statements:unnamed:' || cast(period_end_date as string) as string) as statement_id,
        cast(null as string) as item_code,
        cast('{{ part }}:' || trim(replace(replace(item, '(万元)', ''), '(万元', '')) as string) as source_label,
        cast(period_end_date as date) as period_end_date,
        cast({{ months }} as integer) as period_months,
        cast(amount * 10000 as decimal(38, 4)) as line_amt,
        cast('CNY' as string) as currency,
        cast('{{ part }}' as string) as statement_part,
        {{ lineage('cn_statements') }}
    from source
)

select * from final
{%- endmacro %}
