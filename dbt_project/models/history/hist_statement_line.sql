{{ union_staging('statement_line') }}
