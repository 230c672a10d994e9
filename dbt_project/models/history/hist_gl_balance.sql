{{ union_staging('gl_balance') }}
