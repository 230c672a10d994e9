"""Controls on what a restatement says otherwise."""

from __future__ import annotations

from mutations.mutation import Mutation

_DIFF = "marts.mart_restatement_diff"

MUTATIONS = (
    Mutation("marts", _DIFF, "RST-01", f"update {_DIFF} set knowledge_cutoff = as_was_cutoff where cause = 'peers'"),
    Mutation("marts", _DIFF, "RST-02", "update marts.mart_restatement_batch set known_at = timestamp '2024-07-01'"),
)
