"""Financial health of the tiny bank: two firms whose every figure is known, by approved standard values."""

from __future__ import annotations

import csv

from lendmart.settings import PROJECT_ROOT

_SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
_RATIOS = f"read_csv('{_SEEDS / 'financial_ratio.csv'}', header = true, all_varchar = true)"


# ROE 1 after 0.5, all of it by the margin.
_CHANGE = """,
  0.5::decimal(30, 8) as roe_prior_ratio, 'ok' as roe_prior_ratio_status,
  50::decimal(38, 6) as roe_change_pp, 'ok' as roe_change_pp_status, 'ok' as roe_attribution_status,
  0.5::decimal(30, 8) as roe_prior_net_margin_ratio, 1::decimal(30, 8) as roe_prior_asset_turnover_ratio,
  1::decimal(30, 8) as roe_prior_equity_multiplier_ratio,
  0.69314718::decimal(12, 8) as roe_change_ln, 0.69314718::decimal(12, 8) as roe_net_margin_ln,
  0::decimal(12, 8) as roe_asset_turnover_ln, 0::decimal(12, 8) as roe_equity_multiplier_ln,
  50::decimal(38, 6) as roe_net_margin_pp, 0::decimal(38, 6) as roe_asset_turnover_pp,
  0::decimal(38, 6) as roe_equity_multiplier_pp"""


def _figures() -> str:
    """Every figure as 1 with the status ok: the columns are those of the catalogue and of the scores."""
    with (_SEEDS / "financial_ratio.csv").open(encoding="utf-8", newline="") as stream:
        names = [row["column_name"] for row in csv.DictReader(stream)]
    names += ["x1_working_capital_to_assets_ratio", "x2_retained_to_assets_ratio", "x3_ebit_to_assets_ratio"]
    names += ["x4_equity_to_liabilities_ratio", "x5_revenue_to_assets_ratio"]
    names += ["z_score", "z1_score", "z2_score", "em_score"]
    figures = [f"1.0::decimal(30, 8) as {name}, 'ok' as {name}_status" for name in names]
    factors = ("net_margin", "asset_turnover", "equity_multiplier", "tax_burden", "interest_burden", "ebit_margin")
    figures += [f"1.0::decimal(30, 8) as dupont_{factor}_ratio" for factor in factors]
    return ",\n  ".join(figures) + _CHANGE


RELATIONS = f"""
create table seeds.financial_ratio as
select * replace (cast(weight as integer) as weight) from {_RATIOS};

create table seeds.financial_band as
select band, cast(least_score as integer) as least_score
from read_csv('{_SEEDS / "financial_band.csv"}', header = true, all_varchar = true);

create table marts.mart_financial_health as
select date '2024-06-30' as as_of_date, customer_id, 5000000.00::decimal(20, 2) as total_equity_amt,
  'unqualified' as audit_opinion, 'ok' as dupont_status, 70.0::decimal(7, 4) as fhs_score, 'ok' as fhs_status,
  'B' as fhs_band, '2024-05-31-bbbbbbbb' as fhs_standard_version,
  {_figures()}
from core.fct_statement
where is_current_version
group by customer_id;

insert into audit.health_standard_version values
  ('current', '2024-05-31-bbbbbbbb', 'fitted', date '2024-05-31', date '2024-06-01', 'bb', null, null, null);

create table marts.mart_financial_indicator as
select health.as_of_date, health.customer_id, catalogue.ratio_id, catalogue.weight as weight_pct,
  (0.7 * catalogue.weight)::decimal(12, 8) as earned_points, 'all' as peer_key,
  '2024-05-31-bbbbbbbb' as standard_version,
  case catalogue.better when 'low' then 5 else 1 end as s10, case catalogue.better when 'low' then 4 else 2 end as s30,
  3 as s50, case catalogue.better when 'low' then 2 else 4 end as s70,
  case catalogue.better when 'low' then 1 else 5 end as s90
from marts.mart_financial_health as health
cross join seeds.financial_ratio as catalogue
where catalogue.weight is not null;

create table marts.mart_financial_coverage as
select date '2024-06-30' as as_of_date, 'demo' as source_system, ratio_id, 2::bigint as customer_count,
  2::bigint as number_count, 0::bigint as special_count, 0::bigint as missing_count, 100.0 as number_share_pct
from seeds.financial_ratio;

create table core.fct_statement_line_unmapped as
select 'demo' as source_system, 'a rare label' as source_label, 'no_item' as reason, 1::bigint as line_count,
  1::bigint as statement_count;
"""
