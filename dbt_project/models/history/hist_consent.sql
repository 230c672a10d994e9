{{ union_staging('consent') }}
