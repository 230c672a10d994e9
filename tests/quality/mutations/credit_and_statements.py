"""Mutations of customers, facilities, events, and of what is published."""

from __future__ import annotations

from mutations.mutation import Mutation

_CUSTOMER = "staging.stg_*__customer"
_FACILITY = "staging.stg_*__facility"
_EVENT = "staging.stg_*__credit_event"


def _customer(change: str, row: int = 1) -> str:
    return f"update staging.stg_demo__customer set {change} where source_row = {row}"


def _facility(change: str, row: int = 1) -> str:
    return f"update staging.stg_demo__facility set {change} where source_row = {row}"


def _event(change: str) -> str:
    return f"update staging.stg_demo__credit_event set {change} where source_row = 1"


MUTATIONS = (
    Mutation(
        "landing", "audit.fct_batch", "DQ-09", "update audit.fct_batch set declared_rows = 4 where source = 'demo'"
    ),
    Mutation(
        "landing", "audit.fct_batch", "LAND-01", "update audit.fct_batch set is_in_run = false where source = 'demo'"
    ),
    Mutation(
        "landing",
        "audit.fct_batch",
        "LAND-02",
        "update audit.fct_batch set rows_read = 100, declared_rows = 100, rows_loaded = 89, rows_quarantined = 11 "
        "where source = 'demo'",
    ),
    Mutation("landing", _CUSTOMER, "DQ-01", _customer("region_code = null, country_code = null")),
    Mutation("landing", _CUSTOMER, "DQ-02", _customer("uscc = null")),
    Mutation("landing", _CUSTOMER, "DQ-03", _customer("industry_code = null")),
    Mutation("landing", _CUSTOMER, "DQ-17", _customer("id_valid = false")),
    Mutation("landing", _CUSTOMER, "DQ-17w", _customer("id_valid = false", row=2), status="warn"),
    Mutation("landing", _CUSTOMER, "DQ-18", _customer("id_valid = false", row=3)),
    Mutation("landing", _CUSTOMER, "DQ-21", _customer("enterprise_size = 'XL'")),
    Mutation("landing", _CUSTOMER, "DQ-24", _customer("relationship_start_date = date '2024-07-01'")),
    Mutation("landing", _CUSTOMER, "DQ-27", _customer("employees = -1"), status="warn"),
    Mutation("landing", _FACILITY, "DQ-04", _facility("inception_date = null")),
    Mutation("landing", _FACILITY, "DQ-21", _facility("currency = 'QQQ'")),
    Mutation("landing", _FACILITY, "DQ-22", _facility("interest_rate = 4.35")),
    Mutation("landing", _FACILITY, "DQ-23", _facility("arrears_amt = -0.01")),
    Mutation("landing", _FACILITY, "DQ-24", _facility("maturity_date = date '2074-07-01'")),
    Mutation("landing", _FACILITY, "DQ-24d", _facility("last_disbursement_date = date '2024-07-01'"), status="warn"),
    Mutation("landing", _FACILITY, "DQ-40", _facility("maturity_date = date '2021-01-31'")),
    Mutation("landing", _EVENT, "DQ-04", _event("event_date = null")),
    Mutation("landing", _EVENT, "DQ-21", _event("event_type = 'purchase'")),
    Mutation("landing", _EVENT, "DQ-24", _event("event_date = date '2024-07-01'")),
    Mutation("landing", "raw.*", "DQ-12", "insert into raw.demo__persons from raw.demo__persons"),
    Mutation("landing", "raw.ibrd__loans", "IBRD-01", "update raw.ibrd__loans set exchange_adjustment = 10.02"),
    Mutation("landing", "raw.ibrd__loans", "IBRD-02", "update raw.ibrd__loans set sold_3rd_party = 1", 1, "warn"),
    Mutation("core", "core.dim_customer", "DQ-12", "insert into core.dim_customer from core.dim_customer limit 1", 2),
    Mutation("core", "core.dim_customer", "DQ-13", "update core.dim_customer set uscc = '1' where uscc is not null", 2),
    Mutation("core", "core.dim_facility", "DQ-12", "insert into core.dim_facility from core.dim_facility limit 1", 2),
    Mutation(
        "core",
        "core.dim_facility",
        "DQ-41",
        "update core.dim_facility set outstanding_amt = 1005.01 where source_row = 1",
        status="warn",
    ),
    Mutation(
        "core",
        "core.dim_facility",
        "CUR-01",
        "update core.dim_facility set currency = 'THB', fx_rate = null where source_row = 1",
    ),
    Mutation(
        "core",
        "core.dim_instrument",
        "CUR-01",
        "update core.dim_instrument set currency = 'THB', fx_rate = null where source_row = 1",
    ),
    Mutation(
        "core",
        "core.fct_credit_event",
        "CUR-02",
        "update core.fct_credit_event set event_base_amt = null, fx_rate_date = null where event_id = 'demo:E3'",
    ),
    Mutation(
        "core",
        "core.fct_credit_event",
        "DQ-65",
        "update core.fct_credit_event set fx_rate_date = date '2024-06-21' where event_id = 'demo:E3'",
        status="warn",
    ),
    Mutation("core", "core.dim_facility", "DQ-61", "delete from core.dim_customer where customer_id = 'demo:C1'"),
    Mutation(
        "core",
        "core.fct_facility_snapshot",
        "SNAP-01",
        "update core.fct_facility_snapshot set exit_reporting_date = reporting_date + 31 where source_row = 1",
    ),
    Mutation(
        "core",
        "core.fct_facility_snapshot",
        "DQ-12",
        "insert into core.fct_facility_snapshot from core.fct_facility_snapshot limit 1",
        2,
    ),
    Mutation(
        "core",
        "core.fct_facility_snapshot",
        "DQ-50",
        "update core.fct_facility_snapshot set writeoffs_cum_amt = 1 "
        "where facility_id = 'demo:F1' and reporting_date = '2024-05-31'",
        status="warn",
    ),
    Mutation(
        "core",
        "core.fct_credit_event",
        "DQ-12",
        "insert into core.fct_credit_event from core.fct_credit_event limit 1",
        2,
    ),
    Mutation("core", "core.fct_credit_event", "DQ-61", "delete from core.dim_facility where facility_id = 'demo:F1'"),
    Mutation(
        "marts",
        "marts.mart_customer_rfm",
        "DQ-70",
        "delete from marts.mart_customer_rfm where customer_id = 'demo:C2'",
    ),
    Mutation(
        "marts",
        "marts.mart_customer_rfm",
        "DQ-71",
        """
        update marts.mart_customer_rfm set value_score = 5.0001 where customer_id = 'demo:C1';
        update marts.mart_customer_rfm set p_score = 0 where customer_id = 'demo:C2'
        """,
        rows=2,
    ),
    Mutation(
        "marts",
        "pub.pub_segment_customer_v1",
        "DQ-70",
        "update pub.pub_segment_customer_v1 set customer_pseudonym = 'same'",
    ),
    Mutation("marts", "pub.pub_segment_customer_v1", "PUB-01", "delete from pub.pub_segment_customer_v1"),
    Mutation("marts", "pub.pub_segment_customer_v1", "DQ-21", "update pub.pub_segment_customer_v1 set gate = 'OPEN'"),
    Mutation(
        "marts", "pub.pub_segment_summary_v1", "DQ-70", "update pub.pub_segment_summary_v1 set customer_count = 2"
    ),
    Mutation(
        "release", "audit.fct_batch", "REL-06", "update audit.fct_batch set rows_quarantined = 1 where source = 'demo'"
    ),
    Mutation(
        "release",
        "staged.files",
        "REL-01",
        "insert into pub.pub_segment_customer_v1 from pub.pub_segment_customer_v1 limit 1",
    ),
    Mutation(
        "release",
        "staged.files",
        "REL-02",
        "copy (select * replace (4::bigint as customer_count) from pub.pub_segment_summary_v1) "
        "to '$staged/tables/pub_segment_summary_v1.parquet' (format parquet)",
    ),
    Mutation("release", "staged.files", "REL-03", "copy (select '{ }') to '$staged/data_dictionary.json' (format csv)"),
    Mutation(
        "release",
        "staged.reruns",
        "DQ-74",
        edit=("$published/manifest.json", '"content_sha256": "[0-9a-f]+"', '"content_sha256": "f00"'),
        rows=3,
    ),
    Mutation(
        "release",
        "staged.pub_segment_summary_v1",
        "REL-05",
        "copy (select * replace (9::bigint as customer_count) from pub.pub_segment_summary_v1) "
        "to '$staged/tables/pub_segment_summary_v1.parquet' (format parquet)",
        status="warn",
    ),
    Mutation(
        "release",
        "staged.texts",
        "DQ-75",
        "copy (select * replace ('tel:13000000000' as currency) from pub.pub_segment_summary_v1) "
        "to '$staged/tables/pub_segment_summary_v1.parquet' (format parquet)",
    ),
    Mutation(
        "release",
        "staged.texts",
        "DQ-75n",
        "copy (select * replace ('澜江恒瑞有限公司' as currency) from pub.pub_segment_summary_v1) "
        "to '$staged/tables/pub_segment_summary_v1.parquet' (format parquet)",
    ),
)
