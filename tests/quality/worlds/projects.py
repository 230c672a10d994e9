"""The portrait of the tiny bank's one project: it covers its debt."""

from __future__ import annotations

RELATIONS = """
create or replace table core.dim_facility as
select * exclude (project_id), case when facility_id = 'demo:F1' then 'demo:PRJ1' end as project_id
from core.dim_facility;

create table marts.mart_project_portrait as
select date '2024-06-30' as as_of_date, 'demo:PRJ1' as project_id, 'demo:C1' as customer_id,
  1.2::decimal(12, 8) as dscr_min, 'ok' as dscr_min_status, 1.4::decimal(12, 8) as dscr_avg, 'ok' as dscr_avg_status,
  1.3::decimal(12, 8) as tested_dscr, 'ok' as tested_dscr_status, 'covenant_certificate' as historic_dscr_basis,
  1.5::decimal(18, 8) as llcr, 'ok' as llcr_status, 2.0::decimal(18, 8) as plcr, 'ok' as plcr_status,
  0.25::decimal(18, 8) as tail_ratio, false as llcr_includes_dsra, 1.2::decimal(9, 4) as dscr_lockup,
  1.05::decimal(9, 4) as dscr_default, false as is_dscr_lockup, false as is_dscr_default,
  0.7::decimal(18, 8) as gearing_ratio, 1.0::decimal(18, 8) as disbursed_ratio, 0.0::decimal(18, 8) as cancelled_ratio,
  0.2::decimal(18, 8) as repaid_ratio, null::decimal(18, 8) as elapsed_ratio;
"""
