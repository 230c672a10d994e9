{{ union_staging('bureau_account') }}
