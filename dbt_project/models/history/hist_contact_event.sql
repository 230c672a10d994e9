{{ union_staging('contact_event') }}
