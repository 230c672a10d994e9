"""Weights of the tiny bank, whose judgements agree, and its cut points, which two have approved."""

from __future__ import annotations

RELATIONS = """
create table seeds.rfm_weight as
select 'default' as weight_set;

create table marts.mart_rfm_weight as
select date '2024-06-30' as as_of_date, 'default' as weight_set, dimension, 3 as dimension_count,
  weight::decimal(8, 6) as ahp_weight, weight::decimal(8, 6) as weight_in_use, 0.05::decimal(8, 6) as consistency_ratio
from (values ('R', 0.25), ('F', 0.15), ('M', 0.60)) as t (dimension, weight);

create or replace table marts.mart_customer_rfm as
select *, '2024-05-31-aaaaaaaa' as cutpoint_version from marts.mart_customer_rfm;

insert into audit.rfm_cutpoint_version
values ('current', '2024-05-31-aaaaaaaa', 'fitted', date '2024-05-31', date '2024-06-01', 'aa');
"""
