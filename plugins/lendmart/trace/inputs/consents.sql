-- Decisions of the person on profiling, the latest first.
select
    'Consent to profiling' as item_en,
    '画像授权' as item_zh,
    consent_id as record_id,
    cast(coalesce(granted_at, known_at) as date) as record_date,
    consent_status as amount,
    null as unit,
    'ends ' || cast(ends_at as date) as note,
    source_system,
    batch_id,
    source_row
from core.fct_consent
where customer_id = $customer_id and purpose = 'profiling'
order by coalesce(granted_at, known_at) desc, consent_id desc
