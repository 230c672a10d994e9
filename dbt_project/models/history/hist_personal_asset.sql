{{ union_staging('personal_asset') }}
