-- Hits of the customer on screening lists that stand, the latest first: what excludes, and what does not.
select
    'Screening hit' as item_en,
    '筛查命中' as item_zh,
    hit_id as record_id,
    hit_date as record_date,
    cast(null as varchar) as amount,
    cast(null as varchar) as unit,
    concat_ws(', ', list_type, list_name, decision || coalesce(' ' || decision_date, '')) as note,
    source_system,
    batch_id,
    source_row
from core.fct_screening_hit
where customer_id = $customer_id and is_current
order by record_date desc, record_id
