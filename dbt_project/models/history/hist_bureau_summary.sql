{{ union_staging('bureau_summary') }}
