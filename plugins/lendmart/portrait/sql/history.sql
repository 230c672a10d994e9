-- What the marts hold of the customer at each complete date up to as_of, the latest last.
select
    rfm.as_of_date,
    rfm.segment_code,
    segments.segment_en,
    segments.segment_zh,
    rfm.gate,
    rfm.exposure_amt,
    rfm.r_score,
    rfm.f_score,
    rfm.m_score,
    rfm.p_score,
    risk.max_dpd_days
from marts.mart_customer_rfm as rfm
inner join audit.mart_partition as partitions on rfm.as_of_date = partitions.as_of_date
left join seeds.segment as segments on rfm.segment_code = segments.segment_code
left join marts.mart_risk_status as risk
    on rfm.as_of_date = risk.as_of_date and rfm.customer_id = risk.customer_id
where rfm.customer_id = $customer_id and rfm.as_of_date <= $as_of
order by rfm.as_of_date
