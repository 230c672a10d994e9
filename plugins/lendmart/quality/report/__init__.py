"""The validation report: one self-contained HTML file a run, in English and Chinese, for the auditor.

It reads evidence, batch manifests and staged tables. Of the warehouse it needs only row counts, which it keeps in the
evidence (``reconciliation.json``), so that an old run's report can be written again when the warehouse has moved on.
Equal evidence gives equal bytes: no clock is read.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from lendmart.publishing import durable
from lendmart.quality.report.facts import gather
from lendmart.quality.report.page import render
from lendmart.run import RunContext
from lendmart.settings import Settings

__all__ = ["write_report"]


def write_report(settings: Settings, ctx: RunContext, *, created_at: datetime | None = None) -> Path:
    """Write ``evidence/runs/<run_id>/report.html`` from whatever gates have results; returns its path.

    ``created_at`` (UTC) is printed when given, and nothing else in the page depends on when it was written.
    """
    page = render(gather(settings, ctx, created_at))
    path = ctx.evidence_dir(settings) / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write_file(path, page.encode())
    return path
