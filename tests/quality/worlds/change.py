"""The tiny bank a month before: one customer and one facility are new since, and nothing has drifted."""

from __future__ import annotations

RELATIONS = """
create table seeds.dpd_state as
select * from (values ('0'), ('closed_good'), ('entered'), ('exited')) as t (state_code);

alter table marts.mart_customer_rfm add column exposure_amt decimal(20, 2);
update marts.mart_customer_rfm set exposure_amt = 100;
insert into marts.mart_customer_rfm by name
select * replace (date '2024-05-31' as as_of_date, 90.00 as exposure_amt) from marts.mart_customer_rfm
where customer_id <> 'demo:C1';

create table marts.mart_segment_migration as
with cells as (
  select * from (values
    ('behaviour', 'CHAMPIONS', 'CHAMPIONS', 0, 1.0),
    ('behaviour', 'ENTERED', 'CHAMPIONS', 1, 1.0),
    ('refit', 'CHAMPIONS', 'CHAMPIONS', 2, 1.0)
  ) as t (migration_kind, from_segment_code, to_segment_code, cell, row_share)
),
counts as (select count(*) as customers from core.dim_customer)
select
  date '2024-06-30' as as_of_date, date '2024-05-31' as from_as_of_date, migration_kind, from_segment_code,
  to_segment_code, 'CNY' as currency,
  case cell when 0 then customers - 1 when 1 then 1 else customers end as customer_count, row_share,
  case cell when 0 then 90 * (customers - 1) when 1 then 0 else 100 * customers end as from_exposure_amt,
  case cell when 0 then 100 * (customers - 1) when 1 then 100 else 100 * customers end as to_exposure_amt
from cells cross join counts;

create table pub.pub_segment_migration_v1 as
select as_of_date, migration_kind, from_segment_code, '冠军客户' as from_segment_zh, to_segment_code,
  '冠军客户' as to_segment_zh, currency, customer_count::bigint as customer_count,
  to_exposure_amt::decimal(20, 2) as to_exposure_amt
from marts.mart_segment_migration;

create table marts.mart_drift as
select date '2024-06-30' as as_of_date, *, 3 as baseline_count, 3 as current_count
from (values
  ('psi', 'value_score', null, null, 0.02, 0.19, false, 'green'),
  ('segment_share_change', 'CHAMPIONS', 0.5, 0.5, 0.0, null, null, 'green'),
  ('workout_share_change', 'WORKOUT', 0.0, 0.0, 0.0, null, null, 'green')
) as t (metric, subject, baseline_share, current_share, drift_value, chance_bound, is_beyond_chance, drift_level);

create table marts.mart_facility_risk as
select date '2024-06-30' as as_of_date, facility_id, '0' as dpd_state, 100.00::decimal(20, 2) as outstanding_amt
from core.dim_facility
union all
select date '2024-05-31', facility_id, '0', 110.00 from core.dim_facility where facility_id <> 'demo:F1';

create table marts.mart_risk_transition as
with counts as (select count(*) as facilities from core.dim_facility)
select
  date '2024-06-30' as as_of_date, date '2024-05-31' as from_as_of_date, 'ALL' as product_family, 'CNY' as currency,
  from_state, '0' as to_state, case from_state when '0' then facilities - 1 else 1 end as facility_count,
  1::decimal(14, 12) as observed_share, 1::decimal(14, 12) as transition_probability,
  case from_state when '0' then 1::decimal(14, 12) end as balance_share,
  case from_state when '0' then 110 * (facilities - 1) else 0 end as from_outstanding_amt,
  case from_state when '0' then 100 * (facilities - 1) else 100 end as to_outstanding_amt
from counts cross join (values ('0'), ('entered')) as t (from_state);
"""
