"""Weights of the tiny bank: three dimensions whose judgements agree."""

from __future__ import annotations

RELATIONS = """
create table seeds.rfm_weight as
select 'default' as weight_set;

create table marts.mart_rfm_weight as
select date '2024-06-30' as as_of_date, 'default' as weight_set, dimension, 3 as dimension_count,
  weight::decimal(8, 6) as ahp_weight, weight::decimal(8, 6) as weight_in_use, 0.05::decimal(8, 6) as consistency_ratio
from (values ('R', 0.25), ('F', 0.15), ('M', 0.60)) as t (dimension, weight);
"""
