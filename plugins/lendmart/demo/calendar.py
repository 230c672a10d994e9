"""An invented business calendar shaped like the PRC's: fixed holidays, a spring week, working Saturdays before it.

The real calendar is announced each year by the State Council; this one is computed, and says so by its names.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from lendmart.demo.dates import as_date, as_day

# (month, day of month, length, name); a holiday's last days are made up by work on the Saturday before it.
HOLIDAYS: tuple[tuple[int, int, int, str], ...] = (
    (1, 1, 1, "元旦"),
    (2, 8, 7, "春节"),
    (4, 4, 3, "清明节"),
    (5, 1, 5, "劳动节"),
    (6, 10, 3, "端午节"),
    (10, 1, 7, "国庆节"),
)
MADE_UP = "调休上班"


@cache
def _year(year: int) -> tuple[dict[date, str], frozenset[date]]:
    """Holidays by day, and Saturdays that are worked."""
    free: dict[date, str] = {}
    worked: set[date] = set()
    for month, first, length, name in HOLIDAYS:
        start = date(year, month, first)
        free.update({start + timedelta(days=offset): name for offset in range(length)})
        if length >= 5:
            saturday = start - timedelta(days=(start.weekday() + 2) % 7 or 7)
            worked.add(saturday)
    return free, frozenset(worked - set(free))


def holiday_name(day: int) -> str:
    """Name of the holiday, ``调休上班`` of a Saturday that is worked, else nothing."""
    moment = as_date(day)
    free, worked = _year(moment.year)
    return MADE_UP if moment in worked else free.get(moment, "")


@cache
def is_business_day(day: int) -> bool:
    """Whether banks work on the day yyyymmdd."""
    moment = as_date(day)
    free, worked = _year(moment.year)
    return moment in worked or (moment.weekday() < 5 and moment not in free)


def next_day(day: int) -> int:
    """The calendar day after."""
    return as_day(as_date(day) + timedelta(days=1))


@cache
def business_days(first: int, last: int) -> tuple[int, ...]:
    """Business days from ``first`` to ``last``, both inclusive."""
    days = []
    day = first
    while day <= last:
        if is_business_day(day):
            days.append(day)
        day = next_day(day)
    return tuple(days)
