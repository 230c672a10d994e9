"""Samples show which rows offend, never whom: sensitive columns are masked by their name (spec §8.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_HASHED = re.compile(r"(_pseudonym|^id_hash|_hash|_last4)$")
_NAMES = ("legal_name", "person_name", "guarantor_name")
_CONTACTS = re.compile(r"(mobile|phone|email|address|account_no|card_no|id_number)")
_PUBLIC_PARTIES = ("corporate", "public", "financial", "project_spv")


def mask_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with every sensitive value masked. A company's name is public, so its ``customer_type`` uncovers it."""
    is_company = row.get("customer_type") in _PUBLIC_PARTIES
    return {column: mask_value(column, value, is_company=is_company) for column, value in row.items()}


def mask_value(column: str, value: Any, *, is_company: bool = False) -> Any:
    """``value``, or its mask where the column is sensitive: first character of a name, first four of a pseudonym."""
    if value is None:
        return None
    if _HASHED.search(column):
        return f"{str(value)[:4]}…"
    if column in _NAMES and not is_company:
        return f"{str(value)[:1]}*"
    if _CONTACTS.search(column) and not isinstance(value, bool):
        return "*"
    return value
