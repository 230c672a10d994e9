{{ union_staging('instrument') }}
