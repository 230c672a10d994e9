{{ union_staging('project_milestone') }}
