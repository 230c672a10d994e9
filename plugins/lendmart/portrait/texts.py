"""Numbers and codes as people read them, in English and Chinese."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Text(NamedTuple):
    """What a reader sees, in both languages."""

    en: str
    zh: str

    def __add__(self, other: object) -> Text:
        assert isinstance(other, Text)  # noqa: S101 - for the reader and mypy; nothing else is added
        return Text(self.en + other.en, self.zh + other.zh)


def both(text: object) -> Text:
    """The same in both languages."""
    return Text(str(text), str(text))


NO_DATA = Text("not known", "无数据")
_TEN_THOUSAND = 10_000
_MILLION = 1_000_000

CUSTOMER_TYPES = {
    "corporate": Text("Firm", "企业"),
    "personal": Text("Person", "个人"),
    "sole_trader": Text("Sole trader", "个体工商户"),
    "project_spv": Text("Project company", "项目公司"),
    "public": Text("Public body", "公共部门"),
    "financial": Text("Financial institution", "金融机构"),
}
GATES = {
    "NONE": Text("no risk gate", "无风险闸口"),
    "WATCH": Text("on watch", "关注"),
    "WORKOUT": Text("in workout", "风险处置"),
    "EXCLUDED": Text("excluded", "排除"),
}
GATE_REASONS = {
    "sanctions": Text("a sanctions hit that was not cleared", "制裁名单命中未排除"),
    "confirmed_fraud": Text("confirmed fraud", "已确认欺诈"),
    "dpd": Text("more than 30 days past due", "逾期超过30天"),
    "five_tier_class": Text("five-tier class", "五级分类"),
    "ifrs9_stage": Text("IFRS 9 stage", "IFRS 9 阶段"),
    "default": Text("reported in default", "已报告违约"),
    "restructured": Text("restructured in the last 12 months", "近12个月重组"),
    "forborne": Text("forbearance in the last 12 months", "近12个月宽限"),
    "rolled_over": Text("rolled over in the last 12 months", "近12个月借新还旧"),
}
MATURITY = {
    "mature": Text("established relationship", "成熟客户"),
    "new": Text("new: less than 180 days or fewer than two events", "新客户: 不足180天或少于两次事件"),
    "prospect": Text("no facility yet", "尚无授信"),
    "lapsed": Text("relationship ended", "关系已结束"),
}
STATUSES = {
    "missing_input": Text("an input is not reported", "缺少输入数据"),
    "not_applicable": Text("not applicable", "不适用"),
    "zero_den_good": Text("nothing to divide by: favourable", "分母为零(有利)"),
    "zero_den_bad": Text("nothing to divide by: unfavourable", "分母为零(不利)"),
    "neg_den": Text("negative denominator", "分母为负"),
    "neg_base": Text("no positive base to grow from", "基数非正"),
    "no_prior_year": Text("no year before to compare with", "无上年可比"),
    "not_comparable": Text("reported otherwise the year before", "与上年口径不可比"),
    "stale": Text("statement older than 15 months", "报表已超过15个月"),
    "no_standard": Text("no peers to compare with", "无同业标准"),
    "no_consent": Text("no consent to profiling", "未同意画像"),
    "capped": Text("capped", "已截断"),
    "partial": Text("part of the inputs", "部分输入"),
    "reported": Text("as the source reports", "来源报告"),
    "not_reported": Text("not reported", "未报告"),
    "no_group": Text("no group known", "未知集团"),
    "mixed_currency": Text("several currencies", "多币种"),
    "missing_fx": Text("no exchange rate", "缺少汇率"),
    "no_bands": Text("no bands for the currency", "该币种无分档"),
    "no_report": Text("no bureau report", "无征信报告"),
    "not_authorised": Text("query not authorised", "查询未授权"),
    "own_debt_only": Text("own debts only", "仅本行债务"),
    "unverified_income": Text("income not verified", "收入未核实"),
    "end_unknown": Text("end of the records not known", "记录终止日未知"),
    "too_few_peers": Text("too few peers", "同业过少"),
    "not_due": Text("not due yet", "尚未到期"),
    "not_started": Text("not started", "未开始"),
    "no_forecast": Text("no forecast", "无预测"),
    "no_debt": Text("no debt", "无债务"),
}
CLASSES = {
    "正常": Text("pass", "正常"),
    "关注": Text("special mention", "关注"),
    "次级": Text("substandard", "次级"),
    "可疑": Text("doubtful", "可疑"),
    "损失": Text("loss", "损失"),
}
RELATIONS = {
    "guarantees": Text("guarantees", "为其担保"),
    "controls": Text("controls", "控制"),
    "shareholder": Text("shareholder of", "持股"),
    "parent": Text("parent of", "母公司"),
}


def money(amount: object, currency: object, *, coarse: bool = False) -> Text:
    """An amount in thousands or millions, 万元 in Chinese; ``coarse`` (persons, spec §8.3) rounds to ten thousand."""
    if amount is None:
        return NO_DATA
    value = Decimal(str(amount))
    unit = str(currency or "")
    if coarse and value:
        tens = (value / _TEN_THOUSAND).quantize(Decimal(1))
        if tens == 0:
            return Text(f"{unit} below 10k", "不足1万" + _yuan(unit))
        return Text(f"about {unit} {tens * 10:,}k", f"约{tens:,}万{_yuan(unit)}")
    if abs(value) >= _MILLION:
        return Text(f"{unit} {value / _MILLION:,.1f}m", f"{value / _TEN_THOUSAND:,.0f}万{_yuan(unit)}")
    if abs(value) >= _TEN_THOUSAND:
        return Text(f"{unit} {value / 1000:,.0f}k", f"{value / _TEN_THOUSAND:,.1f}万{_yuan(unit)}")
    return Text(f"{unit} {value:,.0f}", f"{value:,.0f}{_yuan(unit)}")


def _yuan(currency: str) -> str:
    return "元" if currency == "CNY" else f" {currency}"


def ratio(value: object, unit: str) -> Text:
    """A ratio in its unit: share as per cent, times, days."""
    if value is None:
        return NO_DATA
    number = Decimal(str(value))
    if unit == "share":
        return both(f"{number * 100:.1f}%")
    if unit == "days":
        return Text(f"{number:,.0f} days", f"{number:,.0f}天")
    if unit == "times":
        return Text(f"{number:,.2f} times", f"{number:,.2f}倍")
    return both(f"{number:,.2f}")


def days(value: object) -> Text:
    """A number of days."""
    if value is None:
        return NO_DATA
    return Text(f"{value} day{'' if value == 1 else 's'}", f"{value}天")


def status(code: object) -> Text:
    """A status in words; one that has none is shown as it is."""
    return STATUSES.get(str(code), both(code)) if code else NO_DATA
