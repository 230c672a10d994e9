{{ union_staging('instrument_protection') }}
