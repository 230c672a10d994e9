"""Facts to HTML: the template, its labels in both languages, and nothing that computes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lendmart.quality.report.chinese import in_chinese
from lendmart.quality.report.coverage import REASONS
from lendmart.quality.report.facts import Facts
from lendmart.quality.report.restatement import CAUSES
from lendmart.quality.report.verdict import GATE_ZH, GATES, Text

TEMPLATES = Path(__file__).parent / "templates"

STATUSES = {
    "pass": Text("passed", "通过"),
    "warn": Text("warning", "警告"),
    "quarantined": Text("quarantined", "已隔离"),
    "fail": Text("failed", "未通过"),
    "error": Text("error", "执行出错"),
    "not_run": Text("not run", "未执行"),
}
SYMBOLS = {"pass": "✓", "warn": "!", "quarantined": "⊘", "fail": "✕", "error": "⚠", "not_run": "–"}
SEVERITIES = {
    "block": Text("block", "阻断"),
    "quarantine": Text("quarantine", "隔离"),
    "warn": Text("warn", "警告"),
}
DIMENSIONS = {
    "completeness": "完整性",
    "uniqueness": "唯一性",
    "validity": "有效性",
    "consistency": "一致性",
    "reconciliation": "勾稽",
    "integrity": "参照完整性",
    "timeliness": "及时性",
    "accuracy": "准确性",
    "marts": "集市",
    "privacy": "隐私",
    "all": "总体",
}
GLOSSARY = (
    (
        Text("Data date (as_of_date)", "数据日期"),
        Text("The business date the tables describe.", "表所描述的业务日期。"),
    ),
    (
        Text("Knowledge cutoff", "认知截止时点"),
        Text(
            "What became known after this moment (UTC) was not used, so the run can be repeated.",
            "此时点（UTC）之后获知的数据未被使用，因此运行可以重现。",
        ),
    ),
    (
        Text("Batch", "批次"),
        Text(
            "One delivered file of one feed, stored unchanged in the lake under its SHA-256.",
            "某数据源一次交付的文件，按其 SHA-256 原样入湖。",
        ),
    ),
    (
        Text("Gate", "关卡"),
        Text(
            "A set of controls between two layers: landing, core, marts, release. Nothing passes a gate that blocks.",
            "层与层之间的一组控制：入湖、核心层、集市、发布。关卡阻断后不再向下进行。",
        ),
    ),
    (
        Text("Block, quarantine, warn", "阻断、隔离、警告"),
        Text(
            "A failed blocking control stops the run. Quarantine leaves the offending rows out, up to a tolerance, "
            "beyond which it blocks. A warning is recorded and published with.",
            "阻断类控制失败则运行停止；隔离类控制剔除违规行，超过容忍度则阻断；警告仅记录并随发布披露。",
        ),
    ),
    (
        Text("Score", "得分"),
        Text(
            "100 × (1 − Σ weight × share failed / Σ weight); weights block 5, quarantine 3, warn 1. An error counts as "
            "wholly failed; a control that did not run is left out.",
            "100 ×（1 − Σ 权重 × 失败占比 / Σ 权重）；权重：阻断 5、隔离 3、警告 1。出错视为全部失败，未执行者不计入。",
        ),
    ),
    (
        Text("Coverage of a ratio", "指标覆盖率"),
        Text(
            "Share of the customers of a source with a statement for whom the ratio is a number. A status without a "
            "number says something too (no debt, no interest, a negative denominator); missing means that an input is "
            "not reported.",
            "某数据源有报表的客户中，该指标有数值者的占比。无数值的状态同样说明情况（无债务、无利息、分母为负等）；缺失指所需项目未报。",
        ),
    ),
    (
        Text("Content hash", "内容哈希"),
        Text(
            "SHA-256 of a table's rows in one documented text form; it does not depend on engine or file format.",
            "表内容按统一文本格式计算的 SHA-256，与引擎和文件格式无关。",
        ),
    ),
    (
        Text("BCBS 239 principle", "BCBS 239 原则"),
        Text(
            "Number of the principle for risk data aggregation that a control serves (3 accuracy, 4 completeness, …).",
            "控制所对应的风险数据加总原则编号（3 准确性、4 完整性等）。",
        ),
    ),
)


def render(facts: Facts) -> str:
    """The page as text: one file, nothing loaded from elsewhere."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters.update(number=_number, percent=_percent, moment=_moment, anchor=_anchor, in_chinese=in_chinese)
    return environment.get_template("report.html.j2").render(
        f=facts,
        t=_both,
        gate_names=GATES,
        gate_zh=GATE_ZH,
        statuses=STATUSES,
        symbols=SYMBOLS,
        causes=CAUSES,
        label_reasons=REASONS,
        severities=SEVERITIES,
        dimensions=DIMENSIONS,
        glossary=GLOSSARY,
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704 our own file
        script=Markup((TEMPLATES / "report.js").read_text(encoding="utf-8")),  # noqa: S704 our own file
    )


def _both(english: str | Text, chinese: str = "") -> Markup:
    """Both languages, one of them shown: the switch at the top of the page is plain CSS."""
    text = english if isinstance(english, Text) else Text(english, chinese)
    return Markup('<span lang="en">{}</span><span lang="zh-CN">{}</span>').format(text.en, text.zh)


def _number(value: Any) -> str:
    return f"{value:,}"


def _percent(share: float) -> str:
    """A share as per cent; what is not zero never looks like zero."""
    if 0 < share < 0.0001:
        return "< 0.01 %"
    return f"{share * 100:.2f} %"


def _moment(value: datetime) -> str:
    return value.isoformat(sep=" ", timespec="seconds")


def _anchor(text: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in text)
