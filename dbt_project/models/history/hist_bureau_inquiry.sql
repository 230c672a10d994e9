{{ union_staging('bureau_inquiry') }}
