{{ union_staging('statement') }}
