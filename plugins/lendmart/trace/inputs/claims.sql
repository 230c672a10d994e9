-- Facilities and instruments on the book with the class and stage that the source delivers.
select
    'Facility' as item_en,
    '授信' as item_zh,
    facility_id as record_id,
    reporting_date as record_date,
    cast(coalesce(outstanding_amt, 0) as varchar) as amount,
    currency as unit,
    concat_ws(
        ', ',
        five_tier_class,
        'stage ' || ifrs9_stage,
        case when is_default then 'default' end,
        case when fx_rate <> 1 then 'x ' || fx_rate || ' of ' || fx_rate_date end
    ) as note,
    source_system,
    batch_id,
    source_row
from core.dim_facility
where customer_id = $customer_id and not is_derecognised

union all

select
    'Instrument' as item_en,
    '借据' as item_zh,
    instrument_id as record_id,
    reporting_date as record_date,
    cast(coalesce(outstanding_amt, 0) as varchar) as amount,
    currency as unit,
    concat_ws(', ', five_tier_class, 'stage ' || ifrs9_stage, instrument_status, default_status) as note,
    source_system,
    batch_id,
    source_row
from core.dim_instrument
where customer_id = $customer_id and not is_derecognised and coalesce(instrument_status, 'active') <> 'closed'
order by item_en, record_id
