"""The areas of the bank, in the order they are lived through: a later section may use what an earlier one left."""

from __future__ import annotations

from types import ModuleType

from lendmart.demo.feeds import Feed
from lendmart.demo.sections import (
    bureau,
    contacts,
    credit,
    loans,
    market,
    masters,
    milestones,
    projects,
    relations,
    screening,
    statements,
    wealth,
)

# A module has FEEDS, FAULTS, DELIVERIES, rows(story), bank_rows(seed, window), and may have closing_rows(stories):
# docs/demo-bank.md.
SECTIONS: tuple[ModuleType, ...] = (
    masters,
    credit,
    loans,
    projects,
    milestones,
    statements,
    relations,
    contacts,
    wealth,
    bureau,
    market,
    screening,
)

FEEDS: dict[str, Feed] = {feed.name: feed for section in SECTIONS for feed in section.FEEDS}
if len(FEEDS) != sum(len(section.FEEDS) for section in SECTIONS):
    raise ValueError("two feeds of the demo bank have one name")
