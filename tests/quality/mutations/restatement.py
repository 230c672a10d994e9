"""Controls on what a restatement says otherwise."""

from __future__ import annotations

from mutations.mutation import Mutation

_DIFF = "marts.mart_restatement_diff"

MUTATIONS = (
    Mutation("marts", _DIFF, "RST-01", f"update {_DIFF} set knowledge_cutoff = as_was_cutoff where cause = 'peers'"),
    Mutation("marts", _DIFF, "RST-01", f"update {_DIFF} set value_as_is = value_as_was where cause = 'peers'"),
    Mutation("marts", _DIFF, "RST-02", f"update {_DIFF} set cause = null where cause = 'peers'"),
    Mutation("marts", _DIFF, "RST-02", f"update {_DIFF} set cause = 'omission' where cause = 'peers'"),
    Mutation("marts", _DIFF, "RST-02", "update marts.mart_restatement_batch set known_at = timestamp '2024-07-01'"),
)
