{# The lines of the profit sheet, 万元 → yuan: see macro cn_statement_lines. #}
{{ cn_statement_lines('profit_sheet', 'PL', 12) }}
