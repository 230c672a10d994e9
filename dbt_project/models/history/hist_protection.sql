{{ union_staging('protection') }}
