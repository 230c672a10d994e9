{# The lines of the balance sheet, 万元 → yuan: see macro cn_statement_lines. #}
{{ cn_statement_lines('balance_sheet', 'BS', 0) }}
