"""A restatement of the tiny bank: one difference that a late batch explains, one that peers do."""

from __future__ import annotations

RELATIONS = """
create table marts.mart_restatement_batch as
select date '2024-06-30' as as_of_date, 'C1' as customer_id, 'demo' as source_system, 'facilities' as feed,
  '20240630-cccccccccccc' as batch_id, timestamp '2024-07-20' as known_at;

create table marts.mart_restatement_diff as
select date '2024-06-30' as as_of_date, customer_id, column_name, value_as_was, value_as_is, cause,
  cause_source_system, cause_feed, cause_batch_id, timestamp '2024-07-05 16:00:00' as as_was_cutoff,
  timestamp '2024-07-31' as knowledge_cutoff
from (values
  ('C1', 'r_days', '30', '10', 'late_delivery', 'demo', 'facilities', '20240630-cccccccccccc'),
  ('C2', 'r_score', '4', '3', 'peers', null, null, null)
) as t (
  customer_id, column_name, value_as_was, value_as_is, cause, cause_source_system, cause_feed, cause_batch_id
);
"""
