{{ union_staging('policy_rate') }}
