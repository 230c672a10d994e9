"""The canonical entities: what history keeps, which core table shows it, and what hangs on what.

Their columns stand in the dbt macro ``canonical_columns``; names and keys are those of domain_spec §2.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entity:
    """One canonical entity. ``key`` names the row of the world, not of the file; ``core`` is its table in core."""

    area: str
    name: str
    title_zh: str
    core: str
    key: tuple[str, ...]

    @property
    def history(self) -> str:
        """Its table in history: every row ever landed, all versions."""
        return f"hist_{self.name}"


AREAS = {
    "customers": "客户",
    "contacts": "授权与触达",
    "credit": "授信",
    "projects": "项目",
    "statements": "财务报表",
    "bureau": "征信",
    "market": "市场",
}

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        Entity("customers", "customer", "客户", "dim_customer", ("customer_id",)),
        Entity(
            "customers",
            "customer_relation",
            "客户关系",
            "fct_customer_relation",
            ("from_customer_id", "to_customer_id", "relation_type", "valid_from_date"),
        ),
        Entity("credit", "facility", "授信", "dim_facility", ("facility_id", "reporting_date")),
        Entity("credit", "instrument", "借据", "dim_instrument", ("instrument_id", "reporting_date")),
        Entity("credit", "credit_event", "信贷事件", "fct_credit_event", ("event_id",)),
        Entity(
            "credit", "instalment", "还款计划", "fct_instalment", ("instrument_id", "schedule_version", "instalment_no")
        ),
        Entity("credit", "payment", "还款", "fct_payment", ("payment_id",)),
        Entity("credit", "protection", "押品", "dim_protection", ("protection_id", "reporting_date")),
        Entity(
            "credit",
            "instrument_protection",
            "押品分配",
            "fct_instrument_protection",
            ("instrument_id", "protection_id", "reporting_date"),
        ),
        Entity("credit", "gl_balance", "总账余额", "fct_gl_balance", ("gl_account", "reporting_date")),
        Entity("projects", "project", "项目", "dim_project", ("project_id",)),
        Entity(
            "projects",
            "project_cashflow",
            "项目现金流预测",
            "fct_project_cashflow",
            ("project_id", "scenario", "period_end_date", "forecast_version"),
        ),
        Entity("projects", "project_milestone", "项目里程碑", "fct_project_milestone", ("project_id", "milestone_no")),
        Entity("statements", "statement", "财务报表", "fct_statement", ("statement_id",)),
        Entity(
            "statements",
            "statement_line",
            "报表项目",
            "fct_statement_line",
            ("statement_id", "item_code", "period_end_date", "period_months"),
        ),
        Entity(
            "statements",
            "statement_evidence",
            "报表佐证",
            "fct_statement_evidence",
            ("customer_id", "period_end_date", "evidence_type"),
        ),
        Entity("bureau", "bureau_report", "征信报告", "fct_bureau_report", ("report_id",)),
        Entity("bureau", "bureau_account", "征信账户", "fct_bureau_account", ("report_id", "account_no")),
        Entity(
            "bureau", "bureau_public_record", "征信公共记录", "fct_bureau_public_record", ("report_id", "record_no")
        ),
        Entity("bureau", "bureau_inquiry", "征信查询", "fct_bureau_inquiry", ("report_id", "inquiry_no")),
        Entity("bureau", "bureau_summary", "征信概要", "fct_bureau_summary", ("customer_id", "summary_date")),
        Entity(
            "customers",
            "personal_income",
            "个人收入",
            "fct_personal_income",
            ("customer_id", "income_type", "period_end_date"),
        ),
        Entity(
            "customers",
            "personal_asset",
            "个人资产",
            "fct_personal_asset",
            ("customer_id", "asset_no", "valuation_date"),
        ),
        Entity("contacts", "consent", "授权同意", "fct_consent", ("consent_id",)),
        Entity("contacts", "contact_event", "客户触达", "fct_contact_event", ("contact_id",)),
        Entity(
            "contacts",
            "channel_suppression",
            "渠道屏蔽",
            "fct_channel_suppression",
            ("customer_id", "channel", "from_date"),
        ),
        Entity("customers", "screening_hit", "筛查命中", "fct_screening_hit", ("hit_id",)),
        Entity(
            "market",
            "industry_index",
            "行业指数",
            "fct_industry_index",
            ("industry_code", "index_name", "period_end_date"),
        ),
        Entity("market", "fx_rate", "汇率", "fct_fx_rate", ("currency", "quote_currency", "rate_date")),
        Entity("market", "policy_rate", "政策利率", "fct_policy_rate", ("rate_name", "rate_date")),
        Entity("market", "holiday", "节假日", "dim_holiday", ("country_code", "calendar_date")),
    )
}


@dataclass(frozen=True)
class Dependency:
    """``child.key`` names a row of ``parent`` by ``parent_key``."""

    parent: str
    child: str
    key: str
    parent_key: str


# Parents before their children, so that one walk reaches the whole tree.
DEPENDENCIES: tuple[Dependency, ...] = (
    Dependency("customer", "customer_relation", "from_customer_id", "customer_id"),
    Dependency("customer", "customer_relation", "to_customer_id", "customer_id"),
    Dependency("customer", "facility", "customer_id", "customer_id"),
    Dependency("customer", "instrument", "customer_id", "customer_id"),
    Dependency("customer", "credit_event", "customer_id", "customer_id"),
    Dependency("customer", "project", "customer_id", "customer_id"),
    Dependency("customer", "statement", "customer_id", "customer_id"),
    Dependency("customer", "statement_evidence", "customer_id", "customer_id"),
    Dependency("customer", "bureau_report", "customer_id", "customer_id"),
    Dependency("customer", "bureau_summary", "customer_id", "customer_id"),
    Dependency("customer", "personal_income", "customer_id", "customer_id"),
    Dependency("customer", "personal_asset", "customer_id", "customer_id"),
    Dependency("customer", "consent", "customer_id", "customer_id"),
    Dependency("customer", "contact_event", "customer_id", "customer_id"),
    Dependency("customer", "channel_suppression", "customer_id", "customer_id"),
    Dependency("customer", "screening_hit", "customer_id", "customer_id"),
    Dependency("facility", "credit_event", "facility_id", "facility_id"),
    Dependency("facility", "instrument", "facility_id", "facility_id"),
    Dependency("instrument", "instalment", "instrument_id", "instrument_id"),
    Dependency("instrument", "payment", "instrument_id", "instrument_id"),
    Dependency("instrument", "instrument_protection", "instrument_id", "instrument_id"),
    Dependency("protection", "instrument_protection", "protection_id", "protection_id"),
    Dependency("project", "project_cashflow", "project_id", "project_id"),
    Dependency("project", "project_milestone", "project_id", "project_id"),
    Dependency("statement", "statement_line", "statement_id", "statement_id"),
    Dependency("bureau_report", "bureau_account", "report_id", "report_id"),
    Dependency("bureau_report", "bureau_public_record", "report_id", "report_id"),
    Dependency("bureau_report", "bureau_inquiry", "report_id", "report_id"),
)
