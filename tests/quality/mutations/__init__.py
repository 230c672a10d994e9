"""For every control one way to break the tiny bank so that exactly this control must speak up, by area."""

from __future__ import annotations

from mutations import (
    credit_and_statements,
    health,
    loans,
    market_and_projects,
    people,
    reference_sources,
    risk,
    statements,
    strategy,
)
from mutations.mutation import Mutation

MUTATIONS: tuple[Mutation, ...] = (
    *credit_and_statements.MUTATIONS,
    *health.MUTATIONS,
    *loans.MUTATIONS,
    *market_and_projects.MUTATIONS,
    *people.MUTATIONS,
    *reference_sources.MUTATIONS,
    *risk.MUTATIONS,
    *statements.MUTATIONS,
    *strategy.MUTATIONS,
)

__all__ = ["MUTATIONS", "Mutation"]
