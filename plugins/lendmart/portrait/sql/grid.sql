-- The 5 × 5 grid with the customers in each cell.
select
    cells.r_score,
    cells.fm_score,
    segments.segment_en,
    segments.segment_zh,
    count(rfm.customer_id) as customer_count
from seeds.segment_11_map as cells
inner join seeds.segment as segments on cells.segment_11_code = segments.segment_code
left join marts.mart_customer_rfm as rfm
    on cells.r_score = rfm.r_score and cells.fm_score = rfm.fm_score and rfm.as_of_date = $as_of
group by all
order by cells.r_score, cells.fm_score
