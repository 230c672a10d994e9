{# The lines of the cash-flow sheet and of its supplement, 万元 → yuan: see macro cn_statement_lines. #}
{{ cn_statement_lines('cash_flow_sheet', 'CF', 12) }}
