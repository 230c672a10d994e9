{{ union_staging('fx_rate') }}
