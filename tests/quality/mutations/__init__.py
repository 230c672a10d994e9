"""For every control one way to break the tiny bank so that exactly this control must speak up, by area."""

from __future__ import annotations

from mutations import credit_and_statements, people
from mutations.mutation import Mutation

MUTATIONS: tuple[Mutation, ...] = (*credit_and_statements.MUTATIONS, *people.MUTATIONS)

__all__ = ["MUTATIONS", "Mutation"]
