-- Facilities on the book of the customer, or of the members of its group, each with what the metric adds up.
with members as (
    select $customer_id as customer_id

    union

    select others.customer_id
    from marts.int_enterprise_group as own
    inner join marts.int_enterprise_group as others on own.group_id = others.group_id
    where own.customer_id = $customer_id and starts_with($metric, 'group_')
)

select
    'Facility' as item_en,
    '授信' as item_zh,
    facilities.facility_id as record_id,
    facilities.reporting_date as record_date,
    case
        when $metric = 'facility_count' then '1'
        when $metric = 'outstanding_amt' then cast(coalesce(facilities.outstanding_amt, 0) as varchar)
        when $metric in ('limit_amt', 'group_limit_amt')
            then cast(facilities.commitment_amt - coalesce(facilities.cancelled_amt, 0) as varchar)
        else cast(coalesce(facilities.outstanding_amt, 0) + coalesce(facilities.off_balance_amt, 0) as varchar)
    end as amount,
    case when $metric <> 'facility_count' then facilities.currency end as unit,
    concat_ws(
        ', ',
        'of ' || facilities.customer_id,
        facilities.facility_status,
        case when facilities.fx_rate <> 1 then 'x ' || facilities.fx_rate || ' of ' || facilities.fx_rate_date end
    ) as note,
    facilities.source_system,
    facilities.batch_id,
    facilities.source_row,
    facilities.customer_id <> $customer_id as is_of_other
from core.dim_facility as facilities
inner join members on facilities.customer_id = members.customer_id
where not facilities.is_derecognised and facilities.facility_status not in ('closed', 'cancelled')
order by facilities.customer_id <> $customer_id, facilities.customer_id, facilities.facility_id
