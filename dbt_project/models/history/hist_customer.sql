{{ union_staging('customer') }}
