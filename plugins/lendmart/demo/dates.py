"""Calendar arithmetic on two plain integers: a month number (year × 12 + month − 1) and a day written yyyymmdd."""

from __future__ import annotations

import calendar
from datetime import date
from functools import cache


def month_number(day: date) -> int:
    """``2025-12-31`` → 24311."""
    return day.year * 12 + day.month - 1


def year_of(month: int) -> int:
    """Calendar year of a month number."""
    return month // 12


def month_of_year(month: int) -> int:
    """1 to 12."""
    return month % 12 + 1


@cache
def _length(month: int) -> int:
    return calendar.monthrange(month // 12, month % 12 + 1)[1]


@cache
@cache
def day_in(month: int, day_of_month: int) -> int:
    """The day as yyyymmdd; the day of the month is clipped to the month's length."""
    return (month // 12) * 10000 + (month % 12 + 1) * 100 + min(day_of_month, _length(month))


@cache
@cache
def month_end(month: int) -> int:
    """Last day of the month as yyyymmdd."""
    return day_in(month, 31)


@cache
def ordinal(day: int) -> int:
    """Proleptic ordinal of a yyyymmdd day, for differences in days."""
    return date(day // 10000, day // 100 % 100, day % 100).toordinal()


@cache
def iso(day: int) -> str:
    """20251231 → ``2025-12-31``."""
    return f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


def month_of(day: int) -> int:
    """Month number of a yyyymmdd day."""
    return day // 10000 * 12 + day // 100 % 100 - 1


def as_date(day: int) -> date:
    """20251231 → ``date(2025, 12, 31)``."""
    return date(day // 10000, day // 100 % 100, day % 100)


def as_day(moment: date) -> int:
    """``date(2025, 12, 31)`` → 20251231."""
    return moment.year * 10000 + moment.month * 100 + moment.day


def add_days(day: int, days: int) -> int:
    """The day so many days later."""
    return as_day(date.fromordinal(ordinal(day) + days))
