-- What is allocated of financial guarantees: of the customer's to instruments of others, or of anybody's to its own.
select
    'Guarantee allocated' as item_en,
    '担保分配' as item_zh,
    allocations.protection_id as record_id,
    allocations.reporting_date as record_date,
    cast(allocations.allocated_amt as varchar) as amount,
    allocations.currency as unit,
    'secures ' || allocations.instrument_id as note,
    allocations.source_system,
    allocations.batch_id,
    allocations.source_row,
    instruments.customer_id <> $customer_id as is_of_other
from core.fct_instrument_protection as allocations
inner join core.dim_protection as protections on allocations.protection_id = protections.protection_id
inner join core.dim_instrument as instruments on allocations.instrument_id = instruments.instrument_id
where
    protections.protection_type = 'financial guarantees'
    and not protections.is_released
    and allocations.is_latest
    and not instruments.is_derecognised
    and case $metric
        when 'guarantee_given_amt'
            then protections.provider_id = $customer_id and instruments.customer_id <> $customer_id
        else instruments.customer_id = $customer_id
    end
order by allocations.protection_id, allocations.instrument_id
