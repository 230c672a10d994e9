"""Boxes made from the portrait marts: of a person, of a firm, of a project. A figure that is missing says why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lendmart.portrait import texts
from lendmart.portrait.texts import NO_DATA, Text, both, days, money, ratio
from lendmart.portrait.tiles import Fact, Tile, asked
from lendmart.trace import Customer, Tracer
from lendmart.warehouse.reading import Built

Row = dict[str, Any]
PERSONAL, ENTERPRISE, PROJECT = "mart_personal_portrait", "mart_enterprise_portrait", "mart_project_portrait"
COVENANTS = {
    "compliant": Text("covenants kept", "符合约束条款"),
    "lock_up": Text("distributions locked", "分红锁定"),
    "default": Text("below the default threshold", "低于违约线"),
    "not_tested": Text("not tested", "未检验"),
}
PHASES = {
    "completed": Text("completed", "已竣工"),
    "not_reported": Text("not reported", "未报告"),
    "construction": Text("under construction", "建设期"),
}


def person_tile(built: Built, customer: Customer) -> Tile:
    """Income, debt service, worth and bureau history in bands (spec §8.3); nothing of who has not agreed to it."""
    title = Text("Personal portrait", "个人画像")
    if not built.columns("marts", "mart_personal_portrait"):
        return Tile(title, Text("not built", "未生成"))
    found = built.rows(
        """
        with bands as (
            select measure, band_code, name_en, name_zh
            from seeds.personal_band
            where currency = $currency and effective_from <= $as_of
            qualify row_number() over (partition by measure, band_code order by effective_from desc) = 1
        )

        select
            portraits.*,
            incomes.name_en as income_en,
            incomes.name_zh as income_zh,
            worths.name_en as worth_en,
            worths.name_zh as worth_zh
        from marts.mart_personal_portrait as portraits
        left join bands as incomes on incomes.measure = 'income' and portraits.income_band = incomes.band_code
        left join bands as worths on worths.measure = 'net_worth' and portraits.net_worth_band = worths.band_code
        where portraits.customer_id = $customer_id and portraits.as_of_date = $as_of
        """,
        customer_id=customer.customer_id,
        as_of=built.ctx.as_of_date,
        currency=built.ctx.base_currency,
    )
    if not found:
        return Tile(title, NO_DATA)
    row = found[0]
    if not row["is_profiled"]:
        why = Text("Income, assets and bureau history are not described.", "不展示收入、资产与征信。")
        return Tile(title, Text("no consent to profiling", "未同意画像"), why, metric=f"{PERSONAL}.is_profiled")
    facts = (
        Fact(Text("Income", "收入"), _named(row, "income", "income_band_status"), f"{PERSONAL}.income_band"),
        Fact(Text("Debt service to income", "偿债收入比"), _known(row, "dti_ratio", "times"), f"{PERSONAL}.dti_ratio"),
        Fact(Text("Net worth", "净资产"), _named(row, "worth", "net_worth_band_status"), f"{PERSONAL}.net_worth_band"),
        Fact(
            Text("Liquid share of assets", "流动资产占比"),
            _share(row["liquid_share"], row["asset_status"]),
            f"{PERSONAL}.liquid_share",
        ),
        Fact(
            Text("Inquiries, 6 months", "6个月征信查询"),
            _known(row, "hard_inquiries_6m_count", "count"),
            f"{PERSONAL}.hard_inquiries_6m_count",
        ),
        Fact(
            Text("Adverse records", "不良公共记录"),
            _known(row, "adverse_record_count", "count"),
            f"{PERSONAL}.adverse_record_count",
        ),
    )
    return Tile(title, Text("", ""), None, facts)


def _named(row: Row, name: str, status: str) -> Text:
    if row[f"{name}_en"] is None:
        return texts.status(row[status])
    return Text(str(row[f"{name}_en"]), str(row[f"{name}_zh"])) + _remark(row[status])


def _known(row: Row, column: str, unit: str) -> Text:
    if row[column] is None:
        return texts.status(row.get(f"{column}_status"))
    return ratio(row[column], unit) if unit != "count" else both(row[column])


def _share(value: Any, status: Any) -> Text:
    return texts.status(status) if value is None else both(f"{Decimal(value) * 100:.0f}%")


def _remark(status: Any) -> Text:
    if status in (None, "ok"):
        return Text("", "")
    found = texts.status(status)
    return Text(f" ({found.en})", f" ({found.zh})")


def firm_row(tracer: Tracer) -> Row | None:
    """The row of the enterprise portrait; None of persons, and before that mart exists."""
    return None if tracer.customer.is_person else _row(tracer, ENTERPRISE)


def firm_facts(row: Row | None) -> tuple[Fact, ...]:
    """Size, position, index and group of a firm, as its row of the enterprise portrait has them."""
    if row is None:
        return ()
    group = row["group_exposure_amt"]
    return (
        Fact(Text("Official size", "企业规模(国标)"), _code(row, "enterprise_size"), f"{ENTERPRISE}.enterprise_size"),
        Fact(
            Text("Position among peers", "行业地位得分"),
            _known(row, "position_score", "score"),
            f"{ENTERPRISE}.position_score",
        ),
        Fact(
            Text("Portrait index", "画像指数"), _known(row, "portrait_index", "score"), f"{ENTERPRISE}.portrait_index"
        ),
        Fact(
            Text("Group exposure", "集团敞口"),
            texts.status(row["group_exposure_status"]) if group is None else money(group, row["exposure_currency"]),
            f"{ENTERPRISE}.group_exposure_amt",
        ),
    )


def _code(row: Row, column: str) -> Text:
    return texts.status(row[f"{column}_status"]) if row[column] is None else both(row[column])


def project_tile(tracer: Tracer) -> Tile:
    """Phase, covers and covenants of the customer's project with the largest cost."""
    title = Text("Project", "项目")
    row = _row(tracer, PROJECT)
    if row is None:
        return Tile(title, Text("no project known", "无项目数据"))
    covers = [
        Fact(name, _known(row, column, "times"), asked(f"{PROJECT}.{column}", row, "project_id"))
        for column, name in (
            ("tested_dscr", Text("DSCR tested", "检验期 DSCR")),
            ("dscr_min", Text("DSCR, lowest ahead", "预测最低 DSCR")),
            ("llcr", Text("LLCR", "LLCR 贷款期覆盖")),
            ("plcr", Text("PLCR", "PLCR 项目期覆盖")),
        )
    ]
    late = row["delay_days"]
    facts = (
        Fact(
            Text("Phase", "阶段"),
            PHASES.get(str(row["construction_phase"]), both(row["construction_phase"] or "–")),
            asked(f"{PROJECT}.construction_phase", row, "project_id"),
        ),
        Fact(
            Text("Completion against plan", "竣工与计划"),
            texts.status(row["delay_days_status"]) if late is None else _late(late),
            asked(f"{PROJECT}.delay_days", row, "project_id"),
        ),
        *covers,
        Fact(
            Text("Lock-up, default at", "锁定线、违约线"),
            both(f"{_two(row['dscr_lockup'])}, {_two(row['dscr_default'])}"),
            asked(f"{PROJECT}.dscr_lockup", row, "project_id"),
        ),
    )
    head = COVENANTS.get(str(row["covenant_status"]), both(row["covenant_status"]))
    metric = asked(f"{PROJECT}.covenant_status", row, "project_id")
    return Tile(title, head, both(row["project_name"] or row["project_id"]), facts, metric)


def _late(late: int) -> Text:
    if late > 0:
        return days(late) + Text(" late", " 延迟")
    return days(-late) + Text(" early", " 提前") if late else Text("on the day", "按期")


def _two(value: Any) -> str:
    return "–" if value is None else f"{Decimal(value):.2f}"


def _row(tracer: Tracer, mart: str) -> Row | None:
    """The row that is traced, of several the one that a trace takes unless asked for another."""
    return tracer.row(mart) if tracer.built.columns("marts", mart) else None
