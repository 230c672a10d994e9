{{ union_staging('project') }}
