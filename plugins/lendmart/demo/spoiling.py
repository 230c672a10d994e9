"""Ways to spoil a text that landing must refuse, and amounts as texts."""

from __future__ import annotations


def with_letter(text: str) -> str:
    """The letter O typed for a digit."""
    return f"{text[0]}O{text[1:]}" if text else "O"


def no_such_day(text: str) -> str:
    """The 30th of February of the same year, in the same way of writing."""
    return f"{text[:4]}-02-30" if "-" in text else f"{text[:4]}0230"


def no_such_month(text: str) -> str:
    """A month 13, for dates written with dashes."""
    return f"{text[:4]}-13{text[7:]}"


def fen(text: str) -> int:
    """An amount with two decimals as a whole number."""
    sign = -1 if text.startswith("-") else 1
    return sign * int(text.lstrip("-").replace(".", ""))


def amount(value: int) -> str:
    """A whole number of hundredths as an amount with two decimals."""
    return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"
