"""Figures of persons as they may be shown: no exact amount (spec §8.3)."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from lendmart.trace.figures import Figure

_TEN_THOUSAND = 10_000
_CURRENCY = re.compile(r"[A-Z]{3}")
_MONEY = re.compile(r"\b\d+\.\d\d\b")


def rounded(figure: Figure) -> Figure:
    """A figure of a person as it may be shown: amounts of money to ten thousand (spec §8.3), below and above alike."""
    return replace(
        figure,
        value=_rounded(figure.value) if figure.metric.endswith("_amt") else figure.value,
        facts={
            name: _rounded_text(value) if name.endswith("_amt") or name == "m_value" else value
            for name, value in figure.facts.items()
        },
        parts=tuple(rounded(part) for part in figure.parts),
        inputs=tuple(
            replace(
                line,
                amount=_rounded(line.amount) if _CURRENCY.fullmatch(line.unit) else line.amount,
                note=_MONEY.sub(lambda found: _rounded_text(found[0]), line.note),
            )
            for line in figure.inputs
        ),
    )


def _rounded(amount: str | None) -> str | None:
    return None if amount is None else _rounded_text(amount)


def _rounded_text(amount: str) -> str:
    value = Decimal(amount)
    tens = (value / _TEN_THOUSAND).quantize(Decimal(1))
    return f"{tens * _TEN_THOUSAND:f}" if tens or not value else f"below {_TEN_THOUSAND}"
