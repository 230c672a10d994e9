"""Rows of the tiny bank, by area: every canonical entity that a control reads has some that pass every control."""

from __future__ import annotations

from worlds import (
    change,
    credit_and_statements,
    health,
    loans,
    market_and_projects,
    people,
    portraits,
    projects,
    reference_sources,
    restatement,
    risk,
    statements,
    strategy,
)

Rows = dict[str, list[dict[str, object]]]

GOOD_ROWS: Rows = {
    **credit_and_statements.ROWS,
    **loans.ROWS,
    **market_and_projects.ROWS,
    **people.ROWS,
    **statements.ROWS,
}

# What core adds to the canonical columns and controls read: entity → select expressions.
DERIVED: dict[str, str] = {
    **credit_and_statements.DERIVED,
    **market_and_projects.DERIVED,
    **people.DERIVED,
    **statements.DERIVED,
}

# Core tables of an area that are more than the canonical columns, made after the canonical ones: SQL.
RELATIONS: tuple[str, ...] = (
    loans.RELATIONS,
    reference_sources.RELATIONS,
    risk.RELATIONS,
    strategy.RELATIONS,
    change.RELATIONS,
    projects.RELATIONS,
    portraits.RELATIONS,
    restatement.RELATIONS,
    health.RELATIONS,
)
