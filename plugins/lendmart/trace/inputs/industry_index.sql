-- Licensed indices of the revenue of the customer's industry at the period end of its statement, the narrower first.
select
    'Revenue of the industry' as item_en,
    '行业营业收入' as item_zh,
    indices.industry_code || ' ' || indices.index_name as record_id,
    indices.period_end_date as record_date,
    cast(indices.index_value as varchar) as amount,
    '10^8' as unit,
    indices.licence as note,
    indices.source_system,
    indices.batch_id,
    indices.source_row
from core.fct_industry_index as indices
inner join marts.int_industry_figure as figures
    on
        indices.period_end_date = figures.period_end_date
        and indices.industry_code in (figures.industry_group, figures.industry_section)
where
    figures.customer_id = $customer_id
    and indices.index_name = $var_industry_revenue_index
    and indices.index_value > 0
    and indices.licence is not null
order by length(indices.industry_code) desc
