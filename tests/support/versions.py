"""Cut points and standard values in tests: shared between homes, or fitted for the health marts alone."""

from __future__ import annotations

import shutil
from contextlib import closing

from lendmart.calibration.load import is_in_force, load_for_run
from lendmart.calibration.proposal import bootstrap
from lendmart.calibration.subjects import HEALTH_STANDARD, SUBJECTS
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse, run_dbt


def share_versions(given: Settings, taker: Settings) -> None:
    """Give a new home the versions, and their records, that another home has made."""
    for subject in SUBJECTS:
        shutil.copytree(given.evidence_dir / subject.name, taker.evidence_dir / subject.name)
        shutil.copy(given.evidence_dir / f"{subject.name}.jsonl", taker.evidence_dir)


def build_health(settings: Settings, ctx: RunContext, command: str = "build", *select: str) -> None:
    """All that financial health stands on, its standard values, and the marts of it (or ``select``)."""
    run_dbt(settings, ctx, command, [f"+{HEALTH_STANDARD.fit}"])
    if not is_in_force(settings, ctx, HEALTH_STANDARD):
        bootstrap(settings, ctx, HEALTH_STANDARD, actor="tester")
    with closing(open_warehouse(settings)) as con:
        load_for_run(con, settings, ctx, [HEALTH_STANDARD])
    run_dbt(settings, ctx, command, list(select or ["+mart_financial_health"]), exclude=[f"+{HEALTH_STANDARD.fit}"])
