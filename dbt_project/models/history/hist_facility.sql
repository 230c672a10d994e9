{{ union_staging('facility') }}
