"""How the text of a value is read: what stands for NULL, marks of numbers, formats of dates, words for true."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

DEFAULT_FORMATS = {"date": ("%Y-%m-%d",), "timestamp": ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")}
DAY_NUMBERS = ("excel_1900", "excel_1904", "sas")
_SPECIFIERS = frozenset("aAbBcdfgHIjmMnpSuUVwWxXyYzZ%")  # of DuckDB's strptime, which parses the dates

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Mark = Annotated[str, Field(min_length=1, max_length=1)]
Words = Annotated[list[Text], Field(min_length=1)]


class Strict(BaseModel):
    """An object of the yml: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ValueOptions(Strict):
    """What a column may say for itself."""

    null_strings: list[str] = [""]
    decimal: Mark = "."
    thousands: Mark | None = None
    date_formats: list[Text] = []
    true_strings: Words = ["true", "t", "yes", "y", "1"]
    false_strings: Words = ["false", "f", "no", "n", "0"]

    @field_validator("date_formats")
    @classmethod
    def _known_formats(cls, value: list[str]) -> list[str]:
        for text in value:
            if "%" not in text and text not in DAY_NUMBERS:
                raise ValueError(f"expected strptime formats or {', '.join(DAY_NUMBERS)}")
            unknown = sorted(set(re.findall("%-?(.?)", text)) - _SPECIFIERS)
            if unknown:
                raise ValueError(f"the format {text!r} has unknown specifiers {unknown}")
        return value


class ValueRules(ValueOptions):
    """Everything that says how the texts of one column are read."""

    negative_parentheses: bool = False
    full_width: bool = False

    @model_validator(mode="after")
    def _told_apart(self) -> ValueRules:
        if self.thousands == self.decimal:
            raise ValueError(f"'thousands' and 'decimal' are the same mark {self.decimal!r}")
        both = sorted({word.lower() for word in self.true_strings} & {word.lower() for word in self.false_strings})
        if both:
            raise ValueError(f"{both} stand in 'true_strings' and in 'false_strings'")
        return self

    def formats(self, kind: str) -> tuple[str, ...]:
        """The formats of a ``date`` or ``timestamp`` column, in the order they are tried."""
        return tuple(self.date_formats) or DEFAULT_FORMATS[kind]
