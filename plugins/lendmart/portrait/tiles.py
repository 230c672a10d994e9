"""The boxes of the card: segment and why, exposure, repayment, what changed, and the parties around the customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from lendmart.portrait import texts
from lendmart.portrait.texts import NO_DATA, Text, both, days, money
from lendmart.trace import Customer

Row = dict[str, Any]
Rows = Callable[[str], list[Row]]


class Asked(NamedTuple):
    """A metric of one of several rows of the customer; ``subject`` holds what tells the row, such as a project."""

    metric: str
    subject: tuple[tuple[str, str], ...]


def asked(metric: str, row: Row, *keys: str) -> Asked:
    """The metric of a row of a mart, which the columns ``keys`` tell from the others."""
    return Asked(metric, tuple((key, str(row[key])) for key in keys))


@dataclass(frozen=True)
class Fact:
    """One line of a tile; ``metric`` names its trace."""

    label: Text
    value: Text
    metric: str | Asked | None = None


@dataclass(frozen=True)
class Tile:
    """A box: what it says in large, the rule or the note below it, and its lines."""

    title: Text
    head: Text
    note: Text | None = None
    facts: tuple[Fact, ...] = ()
    metric: str | Asked | None = None

    @property
    def metrics(self) -> tuple[str | Asked, ...]:
        """What its head and its lines are traced by."""
        named = (self.metric, *(fact.metric for fact in self.facts))
        return tuple(metric for metric in named if metric is not None)


_SEGMENT = Text("Segment", "分群")


def segment_tile(row: Row | None) -> Tile:
    """The published segment with its rule in plain words."""
    if row is None:
        return Tile(
            _SEGMENT,
            Text("not assessed", "未评估"),
            Text("No facility and no credit event is known.", "无授信与信贷事件。"),
        )
    head = Text(str(row["segment_en"]), str(row["segment_zh"]))
    facts = [
        Fact(Text("Gate", "闸口"), _gate(row), "gate"),
        Fact(
            Text("Next step", "下一步"),
            Text(f"{row['action_en']} ({row['owner_en']})", f"{row['action_zh']} ({row['owner_zh']})"),
        ),
    ]
    if row["action_en"] is None:
        facts.pop()
    return Tile(_SEGMENT, head, _why(row), tuple(facts), "segment_code")


def _gate(row: Row) -> Text:
    return texts.GATES.get(str(row["gate"]), both(row["gate"]))


def _why(row: Row) -> Text:
    if row["gate"] == "EXCLUDED":
        return Text(
            "The first risk gate stands above all else: a screening hit excludes the customer.",
            "首道风险闸口最优先: 筛查命中, 客户被排除。",
        )
    if row["gate"] == "WORKOUT":
        return Text(
            "The risk gate stands above the grid: default or class substandard and worse.",
            "风险闸口优先于分群: 违约或次级及以下。",
        )
    if row["maturity_flag"] != "mature":
        found = texts.MATURITY.get(str(row["maturity_flag"]), both(row["maturity_flag"]))
        return Text(f"Not ranked by the grid: {found.en}.", f"不按网格分群: {found.zh}。")
    watched = Text("On watch, so: ", "处于关注, 故: ") if row["gate"] == "WATCH" else Text("", "")
    count = row["peer_count"]
    peers = Text("set by experts", "专家设定") if count is None else Text(f"{count} peers", f"同业{count}户")
    cell = Text(
        f" M {row['m_score']}. Cell R{row['r_score']} × FM{row['fm_score']} is {row['cell_en']}. "
        f"Cut points {row['cutpoint_version']}, {peers.en}.",
        f"M {row['m_score']}。网格 R{row['r_score']} × FM{row['fm_score']} 为{row['cell_zh']}。"
        f"切点 {row['cutpoint_version']}, {peers.zh}。",
    )
    return watched + _measured(row) + cell


def _measured(row: Row) -> Text:
    """What R and F were read from; of project finance with milestones the measures of spec §1.9."""
    recency, frequency = row["r_score"], row["f_score"]
    if row["rfm_basis"] == "project_finance":
        return Text(
            f"R {recency} of 5: last drawdown or certificate {row['r_value']} days ago. F {frequency}: "
            f"{row['f_value']:.0f}% of what was planned was done on time.",
            f"R {recency}/5: {row['r_value']}天前最近合规提款或证明。"
            f"F {frequency}: 计划事项按期执行率{row['f_value']:.0f}%。",
        )
    return Text(
        f"R {recency} of 5: last use {row['r_days']} days ago. F {frequency}: {row['f_count']} uses in "
        f"{row['window_months']} months.",
        f"R {recency}/5: {row['r_days']}天前最近用信。"
        f"F {frequency}: {row['window_months']}个月内用信{row['f_count']}次。",
    )


def exposure_tile(limits: Row, segment: Row | None, *, coarse: bool) -> Tile:
    """What is owed against what is agreed."""
    title = Text("Exposure against limit", "敞口与额度")
    if not limits["facility_count"]:
        return Tile(title, Text("no facility", "无授信"))
    currency = (segment or {}).get("currency") or ""
    drawn, limit = limits["outstanding_amt"], limits["limit_amt"]
    facts = [
        Fact(Text("Outstanding", "余额"), money(drawn, currency, coarse=coarse), "outstanding_amt"),
        Fact(Text("Off balance", "表外"), money(limits["off_balance_amt"], currency, coarse=coarse)),
        Fact(Text("Limit", "额度"), money(limit, currency, coarse=coarse), "limit_amt"),
        Fact(Text("Drawn", "使用率"), _share(drawn, limit), "utilisation_ratio"),
        Fact(Text("Open facilities", "在账授信"), Text(f"{limits['open_count']}", f"{limits['open_count']}笔")),
        Fact(
            Text("Next maturity", "最近到期"),
            both(limits["next_maturity_date"]) if limits["next_maturity_date"] else Text("none", "无"),
        ),
    ]
    note = None
    if limits["unpriced_count"]:
        note = Text("Without facilities whose currency has no exchange rate.", "不含缺少汇率币种的授信。")
    head = money((segment or {}).get("exposure_amt", drawn), currency, coarse=coarse)
    return Tile(title, head, note, tuple(facts), "exposure_amt")


def _share(part: Any, whole: Any) -> Text:
    if part is None or not whole:
        return Text("no limit on the book", "无在账额度")
    return both(f"{Decimal(part) / Decimal(whole) * 100:.0f}%")


def repayment_tile(risk: Row | None, segment: Row | None) -> Tile:
    """How the customer repays now, and did in 24 months."""
    title = Text("Repayment", "还款")
    if risk is None:
        return Tile(title, Text("nothing to repay on the book", "无在账债务"))
    late = risk["max_dpd_days"]
    if late is None:
        head = Text("days past due not known", "逾期天数无数据")
    elif late == 0:
        head = Text("nothing past due", "无逾期")
    else:
        head = Text(f"{late} days past due", f"逾期{late}天")
    row = segment or {}
    share = row.get("p_ontime_24m")
    on_time = Text("no instalment due", "无应还期次") if share is None else both(f"{Decimal(share) * 100:.1f}%")
    most = row.get("p_max_dpd_24m")
    assessed = risk["five_tier_assessed"]
    stage = risk["ifrs9_stage"]
    facts = (
        Fact(Text("Paid on time, 24 months", "24个月按时率"), on_time, "p_ontime_24m" if share is not None else None),
        Fact(
            Text("Longest late, 24 months", "24个月最长逾期"),
            days(most) if most is not None else NO_DATA,
            "p_max_dpd_24m" if most is not None else None,
        ),
        Fact(Text("Five-tier class", "五级分类"), texts.CLASSES.get(str(assessed), NO_DATA), "five_tier_assessed"),
        Fact(Text("IFRS 9 stage", "IFRS 9 阶段"), both(stage) if stage is not None else NO_DATA, "ifrs9_stage"),
    )
    return Tile(title, head, None, facts, "max_dpd_days")


BANDS = {
    "A": Text("excellent", "优秀"),
    "B": Text("good", "良好"),
    "C": Text("average", "平均"),
    "D": Text("weak", "较低"),
    "E": Text("poor", "较差"),
}


def health_line(health: Row | None) -> Text | None:
    """The financial-health score in a line; None where there is no statement, or no such column yet."""
    if health is None or "fhs_score" not in health:
        return None
    if health["fhs_score"] is None:
        why = texts.status(health["fhs_status"])
        return Text(f"No financial-health score: {why.en}.", f"无财务健康分: {why.zh}。")
    score, band = Decimal(health["fhs_score"]), str(health["fhs_band"])
    name = BANDS.get(band, both(band))
    low = Text(", low confidence", ", 置信度低") if health["fhs_confidence"] == "low" else Text("", "")
    old = Text(", stale", ", 报表过期") if health["fhs_status"] == "stale" else Text("", "")
    line = Text(
        f"Financial health {score:.1f} of 100, band {band} ({name.en}",
        f"财务健康分 {score:.1f}, 等级 {band} ({name.zh}",
    )
    return line + Text(")", ")") + low + old


def since_tile(history: list[Row], *, coarse: bool, currency: Any) -> Tile:
    """What differs from the date before in the marts."""
    title = Text("What changed", "变化")
    if len(history) < 2:
        return Tile(
            title,
            Text("first date in the marts", "集市中的首个日期"),
            Text("There is no earlier date to compare with.", "无更早日期可比。"),
        )
    before, now = history[-2], history[-1]
    since = before["as_of_date"]
    facts = []
    if before["segment_code"] != now["segment_code"]:
        facts.append(
            _moved(
                Text("Segment", "分群"),
                Text(before["segment_en"], before["segment_zh"]),
                Text(now["segment_en"], now["segment_zh"]),
            )
        )
    if before["gate"] != now["gate"]:
        facts.append(_moved(Text("Gate", "闸口"), _gate(before), _gate(now)))
    for key, label in (("r_score", "R"), ("f_score", "F"), ("m_score", "M"), ("p_score", "P")):
        if before[key] != now[key]:
            facts.append(_moved(both(label), _or_none(before[key]), _or_none(now[key])))
    if before["exposure_amt"] != now["exposure_amt"]:
        facts.append(
            _moved(
                Text("Exposure", "敞口"),
                money(before["exposure_amt"], currency, coarse=coarse),
                money(now["exposure_amt"], currency, coarse=coarse),
            )
        )
    if before["max_dpd_days"] != now["max_dpd_days"]:
        facts.append(_moved(Text("Days past due", "逾期天数"), days(before["max_dpd_days"]), days(now["max_dpd_days"])))
    count = len(facts)
    head = (
        Text(f"{count} changes" if count != 1 else "1 change", f"{count}项变化")
        if count
        else Text("no change", "无变化")
    )
    return Tile(title, head, Text(f"Since {since}.", f"自 {since} 起。"), tuple(facts))


def _or_none(score: Any) -> Text:
    return both(score) if score is not None else Text("none", "无")


def _moved(label: Text, before: Text, now: Text) -> Fact:
    return Fact(label, Text(f"{before.en} → {now.en}", f"{before.zh} → {now.zh}"))


RELATIONS = {
    "shareholder": Text("shareholder", "股东"),
    "actual_controller": Text("actual controller", "实际控制人"),
    "guarantor": Text("guarantor", "担保人"),
    "sponsor": Text("sponsor", "发起人"),
    "seller": Text("seller", "供货方"),
    "buyer": Text("buyer", "采购方"),
    "supplier": Text("supplier", "供应商"),
    "group_member": Text("group member", "集团成员"),
    "spouse": Text("spouse", "配偶"),
}
PURPOSES = {
    "marketing": Text("marketing", "营销"),
    "bureau_query": Text("bureau query", "征信查询"),
    "data_sharing": Text("data sharing", "信息共享"),
    "profiling": Text("profiling", "画像"),
    "service": Text("service messages", "服务通知"),
    "credit_assessment": Text("credit assessment", "授信评估"),
}
CONSENTS = {
    "granted": Text("granted", "已授权"),
    "withdrawn": Text("withdrawn", "已撤回"),
    "expired": Text("expired", "已过期"),
    "refused": Text("refused", "已拒绝"),
    "denied": Text("refused", "已拒绝"),
}


def party_tiles(customer: Customer, own: Row, rows: Rows, more: tuple[Fact, ...]) -> tuple[Tile, ...]:
    """Of a person products and consents, of a firm identity (with ``more``), relations and products."""
    if customer.is_person:
        return (_products(rows("products"), coarse=True), _consents(rows("consents")))
    return (_identity(own, more), _relations(rows("relations")), _products(rows("products"), coarse=False))


def _identity(own: Row, more: tuple[Fact, ...]) -> Tile:
    facts = (
        Fact(Text("Customer", "客户号"), both(own["customer_id"])),
        Fact(Text("USCC", "统一社会信用代码"), both(own["uscc"]) if own["uscc"] else NO_DATA),
        Fact(
            Text("Industry, size", "行业、规模"),
            both(f"{own['industry_code'] or '–'}, {own['enterprise_size'] or '–'}"),
        ),
        Fact(
            Text("Customer since", "建立关系"),
            both(own["relationship_start_date"]) if own["relationship_start_date"] else NO_DATA,
        ),
        Fact(Text("Group", "集团"), both(own["group_id"]) if own["group_id"] else Text("none known", "未知集团")),
    )
    return Tile(Text("Identity", "基本信息"), Text("", ""), None, facts + more)


def _relations(found: list[Row]) -> Tile:
    facts = []
    for row in found:
        name = RELATIONS.get(str(row["relation_type"]), both(row["relation_type"]))
        other = Customer(str(row["customer_id"]), str(row["customer_type"]), str(row["pseudonym"]))
        who = other.shown_as if other.is_person else f"{row['legal_name'] or other.customer_id}"
        share = "" if row["share_pct"] is None else f" {Decimal(row['share_pct']):.1f}%"
        arrow = Text("is {} of", "为对方{}") if row["is_from"] else Text("{}", "{}")
        facts.append(Fact(Text(arrow.en.format(name.en), arrow.zh.format(name.zh)), both(who + share)))
    head = Text("", "") if facts else Text("none known", "无已知关系")
    return Tile(Text("Relations", "关系"), head, None, tuple(facts))


def _products(found: list[Row], *, coarse: bool) -> Tile:
    facts = tuple(
        Fact(
            Text(f"{row['name_en'] or row['instrument_type']}", f"{row['name_zh'] or row['instrument_type']}"),
            money(row["outstanding_amt"], row["currency"], coarse=coarse)
            + Text(
                f", to {row['maturity_date']}" if row["maturity_date"] else "",
                f", {row['maturity_date']}到期" if row["maturity_date"] else "",
            ),
        )
        for row in found
    )
    return Tile(
        Text("Products", "产品"), Text("", "") if facts else Text("none on the book", "无在账产品"), None, facts
    )


def _consents(found: list[Row]) -> Tile:
    facts = tuple(Fact(PURPOSES.get(str(row["purpose"]), both(row["purpose"])), _consent(row)) for row in found)
    head = Text("", "") if facts else Text("none recorded: no marketing, no profiling", "无授权记录: 不得营销与画像")
    return Tile(Text("Consent", "授权"), head, None, facts)


def _consent(row: Row) -> Text:
    state = CONSENTS.get(str(row["consent_status"]), both(row["consent_status"]))
    day = str(row["granted_at"] or "")[:10]
    return state + both(f", {day}" if day else "")
