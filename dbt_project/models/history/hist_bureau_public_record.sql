{{ union_staging('bureau_public_record') }}
