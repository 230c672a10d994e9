-- Members of the customer's group: their rows of the customer master, the customer itself first.
select
    'Member of the group' as item_en,
    '集团成员' as item_zh,
    customers.customer_id as record_id,
    cast(customers.known_at as date) as record_date,
    '1' as amount,
    null as unit,
    concat_ws(', ', 'group ' || customers.group_id, 'parent ' || customers.immediate_parent_id) as note,
    customers.source_system,
    customers.batch_id,
    customers.source_row,
    customers.customer_id <> $customer_id as is_of_other
from marts.int_enterprise_group as own
inner join marts.int_enterprise_group as others on own.group_id = others.group_id
inner join core.dim_customer as customers on others.customer_id = customers.customer_id
where own.customer_id = $customer_id
order by customers.customer_id <> $customer_id, customers.customer_id
