{{ union_staging('credit_event') }}
