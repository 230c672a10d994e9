-- Facilities of the customer as their latest snapshot has them, those on the book first.
select
    'Facility' as item_en,
    '授信' as item_zh,
    facility_id as record_id,
    reporting_date as record_date,
    cast(coalesce(outstanding_amt, 0) as varchar) as amount,
    currency as unit,
    'off balance ' || coalesce(off_balance_amt, 0)
    || case when is_derecognised then ', left the book' else '' end
    || coalesce(', ' || facility_status, '')
    || case when fx_rate <> 1 then ', x ' || fx_rate || ' of ' || fx_rate_date else '' end as note,
    source_system,
    batch_id,
    source_row
from core.dim_facility
where customer_id = $customer_id
order by is_derecognised, facility_id
