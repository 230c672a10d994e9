select
    rfm.*,
    segments.segment_en,
    segments.segment_zh,
    cells.segment_en as cell_en,
    cells.segment_zh as cell_zh,
    families.name_en as family_en,
    families.name_zh as family_zh,
    families.window_months,
    actions.action_en,
    actions.action_zh,
    actions.owner_en,
    actions.owner_zh
from marts.mart_customer_rfm as rfm
left join seeds.segment as segments on rfm.segment_code = segments.segment_code
left join seeds.segment as cells on rfm.segment_11_code = cells.segment_code
left join seeds.product_family as families on rfm.product_family = families.product_family
left join marts.int_segment_action as actions
    on rfm.segment_code = actions.segment_code and (rfm.gate = 'WATCH') = actions.is_watched
where rfm.customer_id = $customer_id and rfm.as_of_date = $as_of
