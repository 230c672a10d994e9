-- Facilities on the book, the largest first.
select
    facilities.facility_id,
    facilities.instrument_type,
    families.name_en,
    families.name_zh,
    facilities.outstanding_amt,
    facilities.commitment_amt,
    facilities.currency,
    facilities.maturity_date
from core.dim_facility as facilities
left join seeds.product_family as families on facilities.product_family = families.product_family
where
    facilities.customer_id = $customer_id
    and not facilities.is_derecognised
    and coalesce(facilities.facility_status, '') not in ('closed', 'cancelled')
order by facilities.outstanding_amt * facilities.fx_rate desc nulls last, facilities.facility_id
limit 4
