"""For every control one way to break the tiny bank so that exactly this control must speak up, by area."""

from __future__ import annotations

from mutations import (
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
from mutations.mutation import Mutation

MUTATIONS: tuple[Mutation, ...] = (
    *change.MUTATIONS,
    *credit_and_statements.MUTATIONS,
    *health.MUTATIONS,
    *loans.MUTATIONS,
    *market_and_projects.MUTATIONS,
    *people.MUTATIONS,
    *projects.MUTATIONS,
    *portraits.MUTATIONS,
    *reference_sources.MUTATIONS,
    *restatement.MUTATIONS,
    *risk.MUTATIONS,
    *statements.MUTATIONS,
    *strategy.MUTATIONS,
)

__all__ = ["MUTATIONS", "Mutation"]
