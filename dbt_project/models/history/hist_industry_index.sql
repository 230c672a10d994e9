{{ union_staging('industry_index') }}
