"""Whom a trace or a card is about, and under which name they may be shown (spec §8.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lendmart.errors import UsageError
from lendmart.privacy import load_key, register_pseudonym
from lendmart.warehouse.reading import Built

PERSONS = ("personal", "sole_trader")
_HEX = re.compile(r"[0-9a-f]{8,64}")
_SHOWN_OF_PSEUDONYM = 16
_GROUP_OF = "control:"


@dataclass(frozen=True)
class Customer:
    """A customer of the warehouse. ``shown_as`` is the id of a firm, and of a person the head of the pseudonym."""

    customer_id: str
    customer_type: str
    pseudonym: str

    @property
    def is_person(self) -> bool:
        """Natural persons, and sole traders, whose name is a person's."""
        return self.customer_type in PERSONS

    @property
    def shown_as(self) -> str:
        """What stands for the customer on a screen, on paper, and in a file name."""
        return self.pseudonym[:_SHOWN_OF_PSEUDONYM] if self.is_person else self.customer_id

    def veiled(self, text: str) -> str:
        """``text`` without the number the bank knows a person by; that of a firm stays."""
        if not self.is_person:
            return text
        number = self.customer_id.partition(":")[2] or self.customer_id
        return text.replace(self.customer_id, self.shown_as).replace(number, self.shown_as)


def find_customer(built: Built, asked: str) -> Customer:
    """The customer of an id, of an id without its source, or of a pseudonym (at least its first 8 digits).

    Raises:
        UsageError: nobody, or more than one; the message names the nearest ids.
    """
    register_pseudonym(built.con, load_key(built.settings))
    found = _by_id(built, asked) or _by_pseudonym(built, asked)
    if len(found) == 1:
        row = found[0]
        return Customer(str(row["customer_id"]), str(row["customer_type"]), str(row["pseudonym"]))
    if found:
        names = ", ".join(str(row["customer_id"]) for row in found[:3])
        raise UsageError(f"customer '{asked}' may be any of {len(found)}: {names}; give the whole id")
    nearest = built.rows(
        "select customer_id from core.dim_customer "
        "order by least(levenshtein(customer_id, $asked), levenshtein(split_part(customer_id, ':', 2), $asked)), "
        "customer_id limit 3",
        asked=asked,
    )
    names = ", ".join(str(row["customer_id"]) for row in nearest) or "none: the warehouse holds no customer"
    raise UsageError(f"unknown customer '{asked}' at {built.ctx.as_of_date}; the nearest are: {names}")


class Veil:
    """Texts in which a person is named, each with the head of the pseudonym in its place; asked for once each.

    A person is named by the customer id, alone or as the head of a group (``control:`` and the id), and in the rows of
    the source itself (``bare_numbers``) by the number.
    """

    def __init__(self, built: Built) -> None:
        self._built = built
        self._known: dict[tuple[str, bool], str] = {}

    def over(self, texts: Iterable[str], *, bare_numbers: bool = False) -> Mapping[str, str]:
        """Each text as it may be shown."""
        asked = set(texts)
        fresh = {text: text.removeprefix(_GROUP_OF) for text in asked if (text, bare_numbers) not in self._known}
        heads = self._heads({who for who in fresh.values() if bare_numbers or ":" in who}, bare_numbers)
        for text, who in fresh.items():
            self._known[text, bare_numbers] = text.replace(who, heads[who]) if who in heads else text
        return {text: self._known[text, bare_numbers] for text in asked}

    def _heads(self, asked: set[str], bare_numbers: bool) -> Mapping[str, str]:
        if not asked:
            return {}
        number = "substring(customer_id, strpos(customer_id, ':') + 1)"
        found = self._built.rows(
            f"""
            select customer_id, pseudonym('customer_id', customer_id) as pseudonym
            from core.dim_customer
            where
                customer_type in {PERSONS}
                and (
                    customer_id in (select unnest($asked))
                    {f"or {number} in (select unnest($asked))" if bare_numbers else ""}
                )
            """,
            asked=sorted(asked),
        )
        heads = {str(row["customer_id"]): str(row["pseudonym"])[:_SHOWN_OF_PSEUDONYM] for row in found}
        return heads | ({who.partition(":")[2]: head for who, head in heads.items()} if bare_numbers else {})


_SELECT = """
    select customer_id, customer_type, pseudonym('customer_id', customer_id) as pseudonym
    from core.dim_customer
    where """


def _by_id(built: Built, asked: str) -> list[dict[str, object]]:
    whole = built.rows(_SELECT + "customer_id = $asked", asked=asked)
    return whole or built.rows(_SELECT + "ends_with(customer_id, ':' || $asked) order by customer_id", asked=asked)


def _by_pseudonym(built: Built, asked: str) -> list[dict[str, object]]:
    if not _HEX.fullmatch(asked):
        return []
    return built.rows(
        _SELECT + "starts_with(pseudonym('customer_id', customer_id), $asked) order by customer_id", asked=asked
    )
