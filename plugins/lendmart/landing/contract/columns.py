"""One column of a feed as the contract declares it."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from lendmart.landing.contract.values import Name, Strict, Text, ValueOptions
from lendmart.privacy.identifiers import BIRTH_KINDS, PERSON_KINDS, IdentifierKind

PLAIN_TYPES = ("varchar", "integer", "bigint", "date", "timestamp", "boolean")
VALUE_META = tuple(ValueOptions.model_fields)
FIELD_META = ("source_name", "privacy", "identifier", "since", "width", "derive")
COLUMN_META = (*FIELD_META, *VALUE_META, "title", "unit")

Derived = Literal["birth_year"]


class Column(Strict):
    """Name, type and place of a column; ``values`` holds only what it reads otherwise than the feed."""

    name: Name
    data_type: Text
    description: str = ""
    source_name: Text
    privacy: Literal["public", "C1", "C2", "C3"] | None = None
    identifier: IdentifierKind | None = None
    since: Annotated[int, Field(ge=1)] = 1
    width: Annotated[int, Field(ge=1, le=100_000)] | None = None
    derive: tuple[Derived, ...] = ()
    values: ValueOptions = ValueOptions()

    @field_validator("data_type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        text = value.lower().replace(" ", "")
        match = re.fullmatch(r"decimal\((\d{1,2}),(\d{1,2})\)", text)
        if match and 1 <= int(match[1]) <= 38 and int(match[2]) <= int(match[1]):
            return text
        if text not in PLAIN_TYPES:
            raise ValueError(f"expected one of {', '.join(PLAIN_TYPES)} or decimal(p,s) with s <= p <= 38")
        return text

    @model_validator(mode="after")
    def _consistent(self) -> Column:
        if self.identifier is not None and self.data_type != "varchar":
            raise ValueError(f"an identifier has data_type varchar, found {self.data_type}")
        if self.derive and self.identifier not in BIRTH_KINDS:
            raise ValueError(f"key derive: only identifiers {', '.join(sorted(BIRTH_KINDS))} tell a birth year")
        return self

    @property
    def position(self) -> int | None:
        """Place in the file, from 0, where the source name is ``#n``."""
        match = re.fullmatch(r"#([1-9][0-9]*)", self.source_name)
        return int(match[1]) - 1 if match else None

    @property
    def is_sealed(self) -> bool:
        """True where the text identifies a person: it is replaced by a pseudonym and never stored (spec §8.3).

        A unified social credit code is public for companies; marked C2 or C3 it is one of a sole trader and sealed.
        """
        return self.identifier in PERSON_KINDS or (self.identifier is not None and self.privacy in ("C2", "C3"))

    def landed(self) -> list[tuple[str, str]]:
        """Columns of the lake that come from this one."""
        if self.identifier is None:
            return [(self.name, self.data_type)]
        kept = f"{self.name}_pseudonym" if self.is_sealed else self.name
        derived = [(f"{self.name}_{what}", "integer") for what in self.derive]
        return [(kept, "varchar"), (f"{self.name}_valid", "boolean"), *derived]
