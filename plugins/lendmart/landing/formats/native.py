"""Values that have a type in the file, as the texts that the rules of their column read back without loss."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from lendmart.landing.contract import Column, FeedContract
from lendmart.landing.header import Layout


@dataclass(frozen=True)
class NativeText:
    """How one column writes what is no text: its own mark and words, and dates in one form (``NATIVE_MOMENT``).

    A column of text shows numbers with a point, booleans as true and false, and dates in ISO form.
    """

    mark: str = "."
    true: str = "true"
    false: str = "false"
    is_moment: bool = False

    @classmethod
    def of(cls, feed: FeedContract, column: Column) -> NativeText:
        """The way of a column."""
        if column.data_type == "varchar":
            return cls()
        rules = feed.rules(column)
        is_moment = column.data_type in ("date", "timestamp")
        if column.data_type == "boolean":
            return cls(".", rules.true_strings[0], rules.false_strings[0])
        return cls("." if is_moment else rules.decimal, is_moment=is_moment)

    def number(self, text: str) -> str:
        """A number with a point, as the column writes it."""
        return text if self.mark == "." else text.replace(".", self.mark)

    def boolean(self, value: bool) -> str:
        """One of the column's words."""
        return self.true if value else self.false

    def moment(self, value: date) -> str:
        """A date, or a date and time."""
        if self.is_moment:
            moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
            return moment.isoformat(timespec="microseconds")
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()


def native_texts(feed: FeedContract, layout: Layout) -> list[NativeText]:
    """One for each column of the file."""
    columns = {column.source_name: column for column in feed.columns}
    texts = [NativeText()] * layout.width
    for name, index in layout.positions.items():
        if index < layout.width:
            texts[index] = NativeText.of(feed, columns[name])
    if feed.landing.wide is not None:
        cell = next(column for column in feed.columns if column.name == feed.landing.wide.value_to)
        for index, _ in layout.wide:
            texts[index] = NativeText.of(feed, cell)
    return texts
