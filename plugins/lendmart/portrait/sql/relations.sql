-- Relations that hold at as_of, in both directions.
select
    relations.relation_type,
    relations.from_customer_id = $customer_id as is_from,
    others.customer_id,
    others.customer_type,
    others.legal_name,
    pseudonym('customer_id', others.customer_id) as pseudonym,
    relations.share_pct,
    relations.valid_from_date
from core.fct_customer_relation as relations
inner join core.dim_customer as others
    on
        others.customer_id
        = case when relations.from_customer_id = $customer_id then relations.to_customer_id else relations.from_customer_id end
where $customer_id in (relations.from_customer_id, relations.to_customer_id) and relations.is_current
order by relations.relation_type, relations.share_pct desc nulls last, others.customer_id
limit 6
