"""Mutations of customers, their relations, consents and contacts, and of what the credit bureau knows of them."""

from __future__ import annotations

from mutations.mutation import Mutation

_CUSTOMER = "staging.stg_*__customer"


def _staged(entity: str, change: str, row: int = 1) -> str:
    return f"update staging.stg_demo__{entity} set {change} where source_row = {row}"


def _core(table: str, change: str, row: int = 1) -> str:
    return f"update core.{table} set {change} where source_row = {row}"


def _landing(entity: str, control: str, change: str, row: int = 1) -> Mutation:
    return Mutation("landing", f"staging.stg_*__{entity}", control, _staged(entity, change, row))


def _twice(table: str) -> Mutation:
    return Mutation("core", f"core.{table}", "DQ-12", f"insert into core.{table} from core.{table} limit 1", 2)


def _orphan(table: str, parent: str = "customer_id", rows: int = 1) -> Mutation:
    return Mutation("core", f"core.{table}", "DQ-61", _core(table, f"{parent} = 'demo:NOBODY'"), rows)


def _contact(control: str, change: str, row: int = 1, rows: int = 1, status: str = "fail") -> Mutation:
    """A change of ``sent_at`` takes the local time along."""
    return Mutation(
        "core",
        "core.fct_contact_event",
        control,
        _core("fct_contact_event", change, row) + "; update core.fct_contact_event "
        "set sent_local_at = sent_at + interval 8 hour",
        rows,
        "warn" if status == "warn" else "fail",
    )


# Three months of forty rows before the one of three.
_EARLIER_SNAPSHOTS = (
    "insert into audit.fct_batch "
    "select batch.* replace ("
    "    'b' || months as batch_id, 'b' || months as delivery_id, 40 as rows_read, 40 as rows_loaded,"
    "    40 as declared_rows, cast(batch.business_date - to_months(months) as date) as business_date"
    ") from audit.fct_batch as batch cross join range(1, 4) as earlier (months) where batch.source = 'demo'"
)

_CUSTOMERS = (
    Mutation("landing", "audit.fct_batch", "DQ-10", _EARLIER_SNAPSHOTS, 1, "warn"),
    Mutation("landing", _CUSTOMER, "DQ-19", _staged("customer", "lei = 'ZZZZ00TESTDATA000134', lei_valid = false")),
    Mutation(
        "landing", _CUSTOMER, "DQ-20", _staged("customer", "mobile_hash = 'd5aa', mobile_valid = false"), 1, "warn"
    ),
    Mutation("landing", _CUSTOMER, "DQ-21r", _staged("customer", "region_code = '980101'")),
    Mutation("landing", _CUSTOMER, "DQ-21i", _staged("customer", "industry_code = 'D1311'")),
    Mutation("core", "core.dim_customer", "DQ-61", _core("dim_customer", "immediate_parent_id = 'demo:NOBODY'")),
)
_RELATIONS = (
    _landing("customer_relation", "DQ-04", "valid_from_date = null"),
    _landing("customer_relation", "DQ-21", "relation_type = 'friend'"),
    _landing("customer_relation", "DQ-24", "valid_from_date = date '2024-07-01'"),
    _twice("fct_customer_relation"),
    _orphan("fct_customer_relation", "to_customer_id"),
    Mutation(
        "core", "core.fct_customer_relation", "DQ-16", _core("fct_customer_relation", "valid_to_date = '2020-01-01'")
    ),
    Mutation(
        "core",
        "core.fct_customer_relation",
        "DQ-62",
        _core("fct_customer_relation", "is_cross_holding = false", 4),
        2,
        "warn",
    ),
    Mutation(
        "core",
        "core.fct_customer_relation",
        "DQ-62a",
        _core("fct_customer_relation", "share_pct = 60.6", 2),
        1,
        "warn",
    ),
)
_CONSENTS_AND_CONTACTS = (
    _landing("consent", "DQ-04", "purpose = null"),
    _landing("consent", "DQ-21", "consent_status = 'silent'"),
    _landing("consent", "DQ-24", "granted_at = timestamp '2024-07-01 12:00:00'"),
    _twice("fct_consent"),
    _orphan("fct_consent"),
    _landing("channel_suppression", "DQ-04", "from_date = null"),
    _landing("channel_suppression", "DQ-21", "reason = 'whim'"),
    _landing("channel_suppression", "DQ-24", "to_date = date '1989-12-31'"),
    _twice("fct_channel_suppression"),
    _orphan("fct_channel_suppression"),
    Mutation("core", "core.fct_channel_suppression", "DQ-16", _core("fct_channel_suppression", "to_date = null")),
    _landing("screening_hit", "DQ-04", "decision = null"),
    _landing("screening_hit", "DQ-21", "list_type = 'grapevine'"),
    _landing("screening_hit", "DQ-24", "decision_date = date '2024-07-01'"),
    _landing("screening_hit", "SCR-01", "decision = 'confirmed'", 2),
    _twice("fct_screening_hit"),
    _orphan("fct_screening_hit"),
    _landing("contact_event", "DQ-04", "purpose = null"),
    _landing("contact_event", "DQ-21", "channel = 'fax'"),
    _landing("contact_event", "DQ-24", "sent_at = timestamp '2024-07-01 12:00:00'"),
    _twice("fct_contact_event"),
    _orphan("fct_contact_event"),
    Mutation("core", "core.fct_contact_event", "DQ-11", "delete from core.fct_consent where consent_id = 'demo:K1'", 2),
    _contact("DQ-66", "scheduled_at = sent_at - interval 121 minute", 3, status="warn"),
    _contact("DQ-77", "sent_at = timestamp '2024-05-06 14:00:00'"),
    _contact("DQ-77q", "sent_at = timestamp '2024-05-06 04:00:00'"),
    Mutation(
        "core",
        "core.fct_contact_event",
        "DQ-77h",
        "insert into core.dim_holiday (country_code, calendar_date, is_business_day, holiday_name) "
        "values ('CN', '2024-05-06', false, '假日')",
    ),
    Mutation(
        "core", "core.fct_contact_event", "DQ-77n", _core("fct_consent", "ends_at = timestamp '2024-05-20 02:00:05'")
    ),
    _contact("DQ-77m", "sent_at = timestamp '2024-05-13 02:00:04'", 2),
    _contact("DQ-77r", "sent_at = timestamp '2024-06-03 02:00:00'", 4),
    _contact("DQ-77c", "customer_id = 'demo:C2', channel = 'call', purpose = 'collection', outcome = 'connected', "
             "sent_at = timestamp '2024-06-12 09:00:00'"),
    _contact("DQ-77s", "channel = 'wechat'"),
)  # fmt: skip
_INCOMES_AND_ASSETS = (
    _landing("personal_income", "DQ-04", "income_type = null"),
    _landing("personal_income", "DQ-21", "verification = 'hearsay'"),
    _landing("personal_income", "DQ-24", "period_end_date = date '2024-07-31'"),
    _twice("fct_personal_income"),
    _orphan("fct_personal_income"),
    _landing("personal_asset", "DQ-04", "asset_amt = null"),
    _landing("personal_asset", "DQ-21", "asset_type = 'stamps'"),
    _landing("personal_asset", "DQ-24", "valuation_date = date '2024-07-01'"),
    _twice("fct_personal_asset"),
    _orphan("fct_personal_asset"),
)
_BUREAU = (
    _landing("bureau_report", "DQ-04", "report_date = null"),
    _landing("bureau_report", "DQ-21", "purpose = 'curiosity'"),
    _landing("bureau_report", "DQ-24", "report_date = date '1989-12-31'"),
    _landing("bureau_report", "DQ-25", "known_at = timestamp '2024-06-09 11:00:00'"),
    _twice("fct_bureau_report"),
    _orphan("fct_bureau_report"),
    Mutation("core", "core.fct_bureau_report", "DQ-78", _core("fct_consent", "ends_at = '2024-06-09 11:00:00'", 2)),
    _landing("bureau_account", "DQ-04", "account_type = null"),
    _landing("bureau_account", "DQ-21", "five_tier_class = '不良'"),
    _landing("bureau_account", "DQ-24", "close_date = date '2024-07-01'"),
    _landing("bureau_account", "DQ-25", "repayment_string_24m = 'NNNNNNNNNNNNNNNNNNNNN8NN'"),
    _twice("fct_bureau_account"),
    _orphan("fct_bureau_account", "report_id"),
    Mutation("core", "core.fct_bureau_account", "DQ-54", _core("fct_bureau_account", "balance_amt = 946"), 1, "warn"),
    _landing("bureau_public_record", "DQ-04", "event_date = null"),
    _landing("bureau_public_record", "DQ-21", "record_type = 'parking'"),
    _landing("bureau_public_record", "DQ-24", "end_date = date '2017-02-28'"),
    _twice("fct_bureau_public_record"),
    _orphan("fct_bureau_public_record", "report_id"),
    _landing("bureau_inquiry", "DQ-04", "inquiry_date = null"),
    _landing("bureau_inquiry", "DQ-21", "institution_type = 'neighbour'"),
    _landing("bureau_inquiry", "DQ-24", "inquiry_date = date '2024-07-01'"),
    _twice("fct_bureau_inquiry"),
    _orphan("fct_bureau_inquiry", "report_id"),
    _landing("bureau_summary", "DQ-04", "summary_date = null"),
    _landing("bureau_summary", "DQ-21", "currency = 'QQQ'"),
    _landing("bureau_summary", "DQ-24", "summary_date = date '2024-07-01'"),
    _landing("bureau_summary", "DQ-25", "utilised_amt = -1"),
    _twice("fct_bureau_summary"),
    _orphan("fct_bureau_summary"),
)
MUTATIONS = (*_CUSTOMERS, *_RELATIONS, *_CONSENTS_AND_CONTACTS, *_INCOMES_AND_ASSETS, *_BUREAU)
