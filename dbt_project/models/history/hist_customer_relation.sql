{{ union_staging('customer_relation') }}
