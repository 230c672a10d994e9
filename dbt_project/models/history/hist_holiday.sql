{{ union_staging('holiday') }}
