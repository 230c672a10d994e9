"""Controls on the portrait of projects."""

from __future__ import annotations

from mutations.mutation import Mutation

_TABLE = "marts.mart_project_portrait"


def _portrait(control: str, change: str, status: str = "fail") -> Mutation:
    sql = f"update {_TABLE} set {change}"
    return Mutation("marts", _TABLE, control, sql, status="warn" if status == "warn" else "fail")


MUTATIONS = (
    Mutation("marts", _TABLE, "DQ-70", f"insert into {_TABLE} from {_TABLE}"),
    _portrait("PROJ-02", "llcr = null"),
    _portrait("PROJ-03", "plcr = 1.4"),
    _portrait("PROJ-04", "disbursed_ratio = 1.01", "warn"),
    _portrait("PROJ-05", "tested_dscr = 1.04, is_dscr_lockup = true, is_dscr_default = true", "warn"),
)
