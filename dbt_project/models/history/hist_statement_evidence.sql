{{ union_staging('statement_evidence') }}
