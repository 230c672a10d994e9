{{ union_staging('channel_suppression') }}
