"""``meta.landing`` of a table: how the files of a feed are found and read."""

from __future__ import annotations

import codecs
import re
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from lendmart.landing.contract.values import Mark, Name, Strict, Text, ValueRules

QUARTER_END = "quarter_end"

Domain = Literal["credit_records", "financial_statements"]
ContentFormat = Literal["csv", "tsv", "fixed_width", "xlsx", "jsonl", "parquet"]
Format = Literal["csv", "tsv", "fixed_width", "xlsx", "jsonl", "parquet", "zip"]
_DELIMITED = ("csv", "tsv")
_WITH_HEADER = (*_DELIMITED, "fixed_width", "xlsx")
_FITS = {  # option → the formats that have it
    "encoding": (*_DELIMITED, "fixed_width", "jsonl"),
    "delimiter": _DELIMITED,
    "quote": _DELIMITED,
    "header": _WITH_HEADER,
    "skip_rows": _WITH_HEADER,
    "sheet": ("xlsx",),
    "wide": (*_DELIMITED, "xlsx", "parquet"),
}


class BusinessDateRule(Strict):
    """Where the business date of a delivery stands; exactly one of its keys, ``format`` with ``file_name``."""

    file_name: Text | None = None
    format: Text | None = None
    column: Text | None = None
    latest: Text | None = None
    constant: date | None = None

    @model_validator(mode="after")
    def _one_place(self) -> BusinessDateRule:
        places = (self.file_name, self.column, self.latest, self.constant)
        if sum(place is not None for place in places) != 1:
            raise ValueError(
                "expected either 'column' or 'file_name' (with 'format'), 'latest' or 'constant', and only one"
            )
        if (self.file_name is None) != (self.format is None):
            raise ValueError("'format' belongs to 'file_name': a strptime format or 'quarter_end'")
        if self.file_name is not None and "date" not in _groups("file_name", self.file_name):
            raise ValueError("'file_name' needs a group (?P<date>…)")
        return self

    @property
    def dated_column(self) -> str | None:
        """The column that tells the date, if one does."""
        return self.column or self.latest


class ControlTotalsRule(Strict):
    """The name of the sidecar that declares rows and sums; ``{file}`` stands for the name of the delivered file."""

    sidecar: Text

    @field_validator("sidecar")
    @classmethod
    def _names_file(cls, value: str) -> str:
        if "{file}" not in value or "/" in value:
            raise ValueError("expected a file name that holds '{file}', for example '{file}.ctl.json'")
        return value


class WideRule(Strict):
    """Columns whose header is a value: each cell becomes a record of ``name_to`` (the header) and ``value_to``."""

    columns: Text
    name_to: Name
    value_to: Name

    @model_validator(mode="after")
    def _two_columns(self) -> WideRule:
        _groups("columns", self.columns)
        if self.name_to == self.value_to:
            raise ValueError("'name_to' and 'value_to' are the same column")
        return self


class LandingOptions(ValueRules):
    """How the files of a feed are found and read."""

    domain: Domain
    glob: Text
    format: Format
    member: Text | None = None
    member_format: ContentFormat | None = None
    encoding: Text = "utf-8"
    delimiter: Mark | None = None
    quote: Annotated[str, Field(max_length=1)] = '"'
    header: bool = True
    skip_rows: Annotated[int, Field(ge=0, le=10_000)] = 0
    sheet: Text | None = None
    business_date: BusinessDateRule
    lag_days: Annotated[int, Field(ge=0, le=3650)]
    contract_version: Annotated[int, Field(ge=1)] = 1
    control_totals: ControlTotalsRule | None = None
    snapshot: bool = False  # every file holds the whole population, so its row count is compared with earlier ones
    key: tuple[Name, ...] = ()
    wide: WideRule | None = None

    @field_validator("glob")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        if value.startswith("/") or ".." in value.split("/"):
            raise ValueError("expected a pattern relative to the delivery folder")
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
            name = codecs.lookup(value).name
        except LookupError:
            raise ValueError("expected the name of an encoding, for example utf-8, gbk, gb18030, cp1250") from None
        return "utf-8" if name == "utf-8-sig" else name

    @model_validator(mode="after")
    def _consistent(self) -> LandingOptions:
        if (self.format == "zip") != (self.member is not None) or (self.format == "zip") != (
            self.member_format is not None
        ):
            raise ValueError("'member' and 'member_format' are given with format zip, and only then")
        for option, formats in _FITS.items():
            if option in self.model_fields_set and self.content_format not in formats:
                raise ValueError(f"{option!r} is an option of {', '.join(formats)}, not of {self.content_format}")
        if self.separator in (self.quote, "\n", "\r"):
            raise ValueError(f"'delimiter' {self.separator!r} cannot also be the quote or a line end")
        if self.wide is not None and not self.header:
            raise ValueError("'wide' needs a header")
        return self

    @property
    def content_format(self) -> str:
        """The format of the table itself, in a zip or not."""
        return self.member_format or self.format

    @property
    def separator(self) -> str:
        """The field separator of delimited files: as declared, else a comma for csv and a tab for tsv."""
        return self.delimiter or ("\t" if self.content_format == "tsv" else ",")


def _groups(key: str, pattern: str) -> set[str]:
    try:
        return set(re.compile(pattern).groupindex)
    except re.error as error:
        raise ValueError(f"{key!r} is not a regular expression: {error}") from None
