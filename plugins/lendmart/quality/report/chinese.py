"""What the controls say of themselves, in Chinese: the evidence keeps one text, the report shows it in two."""

from __future__ import annotations

import re

# Each form that the runner, the quarantine and the cascade write, with its Chinese form; parts are joined by "; ".
_FORMS: tuple[tuple[str, str], ...] = (
    (r"no reason was recorded", "未记录原因"),
    (r"there were no rows to check", "没有可检查的行"),
    (r"no source of the run delivers this", "本次运行的数据源均不提供此类数据"),
    (r"no feed of the run declares a key", "本次运行的数据集均未声明主键"),
    (r"belongs to (.+)", r"仅适用于数据源 \1"),
    (r"switched off for source (.+)", r"数据源 \1 已停用此规则"),
    (r"([\d,]+) of ([\d,]+) rows", r"\2 行中有 \1 行违规"),
    (r"([\d,]+) of ([\d,]+) rows quarantined, in ([\d,]+) batch(?:es)?", r"\2 行中有 \1 行被隔离，涉及 \3 个批次"),
    (r"([\d,]+) rows follow their parent into quarantine", r"\1 行随上级记录一并隔离"),
    (r"within the tolerance of ([\d.]+%)", r"在容忍度 \1 以内"),
    (r"over the tolerance of ([\d.]+%) a batch: (.+)", r"超过每批次容忍度 \1：\2"),
    (r"waived by (.+) until (\S+)", r"经 \1 批准豁免，有效至 \2"),
    (r"the control could not be computed: (.+)", r"该规则无法计算：\1"),
    (r"the SQL of a quarantine control must return (.+)", r"隔离类规则的 SQL 须返回 \1"),
)
_DETAILS: tuple[tuple[str, str], ...] = (
    (r"batch (\S+): ([\d,]+) of ([\d,]+) rows \(([\d.]+%)\)", r"批次 \1：\3 行中的 \2 行（\4）"),
    (r"batch (\S+): (\d[\d,]*\d|\d)", r"批次 \1：\2 行"),
    (r", and ([\d,]+) more batches", r"，另有 \1 个批次"),
)


def in_chinese(message: str) -> str:
    """The message in Chinese; a part of no known form stays as it is."""
    passes = [_parts(text) for text in message.split("; then ")]
    return "；之后".join(passes)


def _parts(message: str) -> str:
    return "；".join(_part(part) for part in message.split("; "))


def _part(text: str) -> str:
    for form, chinese in _FORMS:
        if re.fullmatch(form, text):
            text = re.sub(form, chinese, text, count=1)
            break
    for form, chinese in _DETAILS:
        text = re.sub(form, chinese, text)
    return text
