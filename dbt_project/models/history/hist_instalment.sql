{{ union_staging('instalment') }}
