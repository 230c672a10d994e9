"""Portraits of the tiny bank: two companies in one group, and a person who has agreed."""

from __future__ import annotations

_BUREAU = """
  2 as accounts_open_count, 'ok' as accounts_open_count_status, 0 as accounts_closed_count,
  'ok' as accounts_closed_count_status, 0 as current_overdue_months, 'ok' as current_overdue_months_status,
  1 as max_overdue_24m_months, 'ok' as max_overdue_24m_months_status, 2 as months_since_delinquency,
  'ok' as months_since_delinquency_status, 0 as hard_inquiries_3m_count, 'ok' as hard_inquiries_3m_count_status,
  1 as hard_inquiries_6m_count, 'ok' as hard_inquiries_6m_count_status, 1 as hard_inquiries_12m_count,
  'ok' as hard_inquiries_12m_count_status, 0 as adverse_record_count, 'ok' as adverse_record_count_status
"""

RELATIONS = f"""
create table marts.mart_enterprise_portrait as
select date '2024-06-30' as as_of_date, customer_id, customer_type, source_system, industry_code, enterprise_size,
  'ok' as enterprise_size_status, 'full' as size_confidence, enterprise_size as enterprise_size_source,
  'INDUSTRY' as size_row,
  1 as x_tier, 1 as y_tier, null::integer as z_tier, 'CNY' as statement_currency, 900.00::decimal(20, 2) as revenue_amt,
  'ok' as revenue_status, 900.00::decimal(20, 2) as total_assets_amt, 'ok' as total_assets_status,
  0.5::decimal(9, 8) as rev_pctl, 'ok' as rev_pctl_status, 20 as rev_peer_count,
  0.5::decimal(9, 8) as margin_pctl, 'ok' as margin_pctl_status, 20 as margin_peer_count,
  null::decimal(9, 8) as growth_pctl, 'missing_input' as growth_pctl_status, null::integer as growth_peer_count,
  50.0::decimal(7, 4) as position_score, 'partial' as position_score_status,
  1.0::decimal(9, 8) as portfolio_share, 'ok' as portfolio_share_status, 1.0::decimal(9, 8) as hhi_portfolio,
  'ok' as hhi_portfolio_status, null::decimal(20, 8) as market_share_est,
  'no_external_index' as market_share_est_status,
  80.0::decimal(7, 4) as fhs, 'ok' as fhs_status, 65.0::decimal(7, 4) as portrait_index, 'ok' as portrait_index_status,
  900.00::decimal(20, 2) as exposure_amt, 'ok' as exposure_status, 0.9::decimal(20, 8) as utilisation_ratio,
  'ok' as utilisation_ratio_status, 'G1' as group_id, 2 as group_member_count,
  1800.00::decimal(20, 2) as group_exposure_amt,
  'ok' as group_exposure_status, 900.00::decimal(20, 2) as group_largest_exposure_amt,
  0.00::decimal(20, 2) as guarantee_given_amt, 'ok' as guarantee_given_status,
  0.00::decimal(20, 2) as guarantee_received_amt, 'ok' as guarantee_received_status,
  null::decimal(20, 2) as bureau_guarantee_amt, 'not_reported' as bureau_guarantee_status,
  date '2024-06-10' as bureau_report_date, 'ok' as bureau_status, {_BUREAU}
from core.dim_customer
where customer_type = 'corporate';

insert into core.fct_consent by name
select 'demo:K9' as consent_id, 'demo:P1' as customer_id, 'demo' as source_system, 'profiling' as purpose,
  'granted' as consent_status, timestamp '2023-01-05 02:00:00' as granted_at, timestamp '2024-07-01' as known_at;

create table marts.mart_personal_portrait as
select date '2024-06-30' as as_of_date, customer_id, source_system, 'consent' as profiling_basis, true as is_profiled,
  'I4' as income_band, 'ok' as income_band_status, 0.33::decimal(6, 2) as dti_ratio, 'ok' as dti_ratio_status,
  'W3' as net_worth_band, 'own_debt_only' as net_worth_band_status, 0.50::decimal(5, 2) as deposit_share,
  0.00::decimal(5, 2) as wealth_product_share, 0.00::decimal(5, 2) as fund_share, 0.00::decimal(5, 2) as security_share,
  0.50::decimal(5, 2) as real_estate_share, 0.00::decimal(5, 2) as vehicle_share,
  0.00::decimal(5, 2) as business_equity_share, 0.50::decimal(5, 2) as liquid_share, 0.50::decimal(5, 2) as asset_hhi,
  'ok' as asset_status, 'report' as bureau_basis, date '2024-06-10' as bureau_report_date, 'ok' as bureau_status,
  {_BUREAU}, 0 as max_dpd_days, 'ok' as max_dpd_days_status
from core.dim_customer
where customer_type = 'personal';
"""
