"""What a feed of the demo bank is: its file names, how often it comes, how its rows look, what hangs on what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from lendmart.demo.calendar import business_days, is_business_day, next_day
from lendmart.demo.customers import Window
from lendmart.demo.dates import day_in, month_end, month_of, month_of_year

Format = Literal["csv", "tsv", "fixed_width", "jsonl", "parquet", "xlsx"]
Cadence = Literal["once", "monthly", "month_end", "daily", "half_yearly", "yearly"]
STATEMENT_MONTH = 4  # last year's statements come at the end of April


@dataclass(frozen=True)
class Layout:
    """How a file looks. Rows are lists of text in the order of ``columns``, whatever the format; empty text is null.

    ``types`` (parquet, xlsx, jsonl; one a column): text, integer, decimal(p,s), date (the text is YYYY-MM-DD), boolean.
    ``widths`` belong to fixed_width. ``member`` puts the file into a zip, beside other members of the same file name.
    ``titles`` are lines above the header; ``{day}`` in them is the business date. ``decorate`` changes a column's text
    on its way into the file, after control totals were taken: a decimal comma, full-width digits, thousands marks.
    """

    columns: tuple[str, ...] | Callable[[Window], tuple[str, ...]]
    format: Format = "csv"
    encoding: str = "utf-8"
    delimiter: str = ""
    header: bool = True
    widths: tuple[int, ...] = ()
    types: tuple[str, ...] = ()
    sheet: str = "Sheet1"
    titles: tuple[str, ...] = ()
    member: str = ""
    quoting: bool = True
    decorate: dict[str, Callable[[str], str]] = field(default_factory=dict)

    def names(self, window: Window) -> tuple[str, ...]:
        """The header; a wide sheet's depends on the window."""
        return self.columns(window) if callable(self.columns) else self.columns

    @property
    def separator(self) -> str:
        """Between two fields of a text file."""
        return self.delimiter or ("\t" if self.format == "tsv" else ",")


@dataclass(frozen=True)
class Feed:
    """One feed of one source system.

    ``file`` is a pattern with ``{day}`` (yyyymmdd, the business date). ``key`` names the column that people call a row
    by. ``entity`` is the canonical entity of a row and ``parts`` that of what stands in it; ``owner`` are the row's
    parents: entity → the column that names the parent
    (two columns of a relation: separated by a comma).
    ``sums`` are amount columns with two decimals whose totals the sidecar declares; ``sidecar`` asks for one without
    sums. ``lag_days`` is that of the contract: a delivery is known so many days after its business date.
    ``always``: a delivery without a row is a file with a header alone; otherwise there is no file.
    """

    name: str
    source: str
    file: str
    layout: Layout
    cadence: Cadence
    key: str
    entity: str = ""
    owner: dict[str, str] = field(default_factory=dict)
    sums: tuple[str, ...] = ()
    sidecar: bool = False
    always: bool = False
    parts: str = ""

    @property
    def has_sidecar(self) -> bool:
        """Whether a control-total file comes with each delivery."""
        return bool(self.sums) or self.sidecar

    def file_name(self, day: int, suffix: str = "") -> str:
        """Name of the file of a business date; the suffix (``_v2``, ``_resent``) stands before the extension."""
        stem, dot, extension = self.file.format(day=day).rpartition(".")
        return f"{stem}{suffix}{dot}{extension}"

    def days(self, window: Window) -> list[int]:
        """Every business date on which a file of this feed may come, in order."""
        opening = month_end(window.first - 1)
        ends = [month_end(month) for month in range(window.first, window.last + 1)]
        match self.cadence:
            case "once":
                return [opening]
            case "monthly":
                return [opening, *ends]
            case "month_end":
                return ends
            case "daily":
                last = business_days(day_in(window.last, 1), ends[-1])
                return [opening, *ends[:-1], *sorted({*last, ends[-1]})]
            case "half_yearly":
                return [
                    month_end(month) for month in range(window.first, window.last) if (window.last - month) % 6 == 1
                ]
            case "yearly":
                return yearly_days(window)

    def delivery_day(self, window: Window, day: int) -> int:
        """The business date of the file that something which happened on ``day`` comes in."""
        month = month_of(day)
        opening = month_end(window.first - 1)
        if self.cadence == "once" or (month < window.first and self.cadence != "month_end"):
            return day if self.cadence == "yearly" else opening
        if self.cadence in ("yearly", "half_yearly"):
            return day
        if self.cadence == "daily" and month == window.last:
            end = month_end(month)
            while day < end and not is_business_day(day):
                day = next_day(day)
            return day
        return month_end(month)


def yearly_days(window: Window) -> list[int]:
    """The end of each April of the window, at least two: the first load brings a year more."""
    last = max(m for m in range(window.last - 11, window.last + 1) if month_of_year(m) == STATEMENT_MONTH)
    aprils = list(range(last, window.first - 1, -12))
    return [month_end(month) for month in reversed(aprils if len(aprils) > 1 else [last, last - 12])]
