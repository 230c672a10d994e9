"""Feeds of the public reference sources whose own controls read them as landed."""

from __future__ import annotations

# Source → (feed, key column): what its contract in the tiny bank declares.
FEEDS = {
    "berka": ("loans", "loan_id"),
    "nyse": ("fundamentals", "row_key"),
    "sba": ("loans", "loan_nr_chk_dgt"),
}

_LANDED = (
    "'20240630-000000000000' as batch_id, 1::bigint as source_row, date '2024-06-30' as business_date, "
    "timestamp '2024-07-01' as known_at, 1 as version_no"
)

RELATIONS = f"""
create table raw.sba__loans as
select '1' as loan_nr_chk_dgt, 'CHGOFF' as mis_status, 1 as default_flag, date '2012-01-31' as chg_off_date,
  40::decimal(20, 2) as chg_off_prin_gr, 240 as term, 7200 as daysterm, date '2005-01-31' as disbursement_date,
  date '2005-01-31' + 7200 as xx, 50::decimal(20, 2) as sba_appv, 100::decimal(20, 2) as gr_appv,
  0.5::decimal(9, 6) as portion, 1 as real_estate, {_LANDED};

create table raw.berka__dispositions as
select 'D1' as disp_id, 'C1' as client_id, 'A1' as account_id, 'OWNER' as disp_type, {_LANDED};

create table raw.berka__loans as
select 'L1' as loan_id, 'A1' as account_id, 1200::decimal(20, 2) as amount, 100::decimal(20, 2) as payments,
  12 as duration, {_LANDED};

create table raw.berka__transactions as
select 'T1' as trans_id, 'VYDAJ' as trans_type, 'PREVOD NA UCET' as trans_kind, 'UVER' as k_symbol, {_LANDED};

create table seeds.berka_code as
select * from (values ('trans_type', 'VYDAJ'), ('trans_kind', 'PREVOD NA UCET'), ('k_symbol', 'UVER'))
  as t (column_name, code);

create table raw.nyse__fundamentals as
select 'ONE41274' as row_key, 'Total Assets' as label, '-23510000000.5' as cell, {_LANDED};

insert into audit.fct_batch by name
select source, 'feed' as feed, '20240630-000000000000' as batch_id, 'file.csv' as file_name, 1 as rows_read,
  1 as rows_loaded, 0 as rows_quarantined, true as is_in_run,
  '20240630-000000000000' as delivery_id, 0 as rows_corrected
from (select unnest({sorted(FEEDS)}) as source) as sources;
"""
