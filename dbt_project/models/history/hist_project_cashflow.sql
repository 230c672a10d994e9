{{ union_staging('project_cashflow') }}
