{{ union_staging('bureau_report') }}
