-- The customer's row of the customer master, with what the metric reads of it.
select
    'Customer master' as item_en,
    '客户主数据' as item_zh,
    customer_id as record_id,
    cast(known_at as date) as record_date,
    case $metric
        when 'employees' then cast(employees as varchar)
        when 'x_tier' then cast(employees as varchar)
        when 'legal_proceedings_status' then legal_proceedings_status
        when 'legal_proceedings_date' then cast(legal_proceedings_date as varchar)
        else ''
    end as amount,
    null as unit,
    'industry ' || industry_code as note,
    source_system,
    batch_id,
    source_row
from core.dim_customer
where customer_id = $customer_id
