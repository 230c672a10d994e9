-- The middle of the customer's peers in what is scored: recency, frequency and monetary value.
select
    count(*) as peer_count,
    quantile_disc(peers.r_value, 0.5) as r_value,
    quantile_disc(peers.f_value, 0.5) as f_value,
    quantile_disc(peers.m_value, 0.5) as m_value
from marts.mart_customer_rfm as peers
inner join marts.mart_customer_rfm as own
    on peers.as_of_date = own.as_of_date and peers.peer_key = own.peer_key
where own.customer_id = $customer_id and own.as_of_date = $as_of
