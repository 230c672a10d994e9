-- States of each facility that were valid in the last twelve months, the latest first.
select
    'Balance of the facility' as item_en,
    '授信余额' as item_zh,
    states.facility_id as record_id,
    states.reporting_date as record_date,
    cast(states.outstanding_amt as varchar) as amount,
    states.currency as unit,
    'until ' || coalesce(cast(states.next_reporting_date as varchar), 'now')
    || case when facilities.fx_rate <> 1 then ', x ' || facilities.fx_rate || ' of ' || facilities.fx_rate_date else '' end as note,
    states.source_system,
    states.batch_id,
    states.source_row
from core.fct_facility_snapshot as states
inner join core.dim_facility as facilities on states.facility_id = facilities.facility_id
where
    facilities.customer_id = $customer_id
    and states.reporting_date <= $as_of
    and coalesce(states.next_reporting_date > $as_of - interval 12 month, true)
order by states.reporting_date desc, states.facility_id
