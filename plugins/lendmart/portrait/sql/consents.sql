-- The latest consent of each purpose.
with ranked as (
    select
        *,
        row_number() over (partition by purpose order by granted_at desc nulls last, consent_id desc) as recency
    from core.fct_consent
    where customer_id = $customer_id
)

select
    purpose,
    consent_status,
    granted_at,
    withdrawn_at,
    ends_at
from ranked
where recency = 1
order by purpose
