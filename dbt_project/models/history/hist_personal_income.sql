{{ union_staging('personal_income') }}
