{{ union_staging('screening_hit') }}
