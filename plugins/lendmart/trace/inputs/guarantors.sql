-- Who is named as guarantor of the customer. Persons by the head of their pseudonym.
select
    'Guarantor' as item_en,
    '保证人' as item_zh,
    case
        when holders.customer_type in ('personal', 'sole_trader')
            then substring(pseudonym('customer_id', holders.customer_id), 1, 16)
        else relations.from_customer_id
    end as record_id,
    relations.valid_from_date as record_date,
    '1' as amount,
    null as unit,
    null as note,
    relations.source_system,
    relations.batch_id,
    relations.source_row
from core.fct_customer_relation as relations
left join core.dim_customer as holders on relations.from_customer_id = holders.customer_id
where relations.to_customer_id = $customer_id and relations.relation_type = 'guarantor' and relations.is_current
order by relations.valid_from_date, relations.from_customer_id
