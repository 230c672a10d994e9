"""Read the evidence folder: which runs there were, and under which inputs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from lendmart.errors import UsageError
from lendmart.run import RunContext
from lendmart.settings import Settings


def save_context(settings: Settings, ctx: RunContext) -> Path:
    """Write ``evidence/runs/<run_id>/context.json`` atomically: the first thing a run leaves behind."""
    folder = ctx.evidence_dir(settings)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "context.json"
    temporary = folder / f".context.{os.getpid()}"
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(ctx.to_json())
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(target)
    return target


def load_context(settings: Settings, run_id: str | None = None) -> RunContext:
    """The context of ``run_id``, or of the latest run (run ids sort by their start).

    Raises:
        UsageError: there is no such run.
    """
    folder = settings.evidence_dir / "runs"
    runs = sorted(path.parent.name for path in folder.glob("*/context.json"))
    if not runs:
        raise UsageError(f"no run has left evidence in {folder} yet")
    if run_id is not None and run_id not in runs:
        raise UsageError(f"unknown run '{run_id}'; the latest are: {', '.join(runs[-3:])}")
    return RunContext.from_json((folder / (run_id or runs[-1]) / "context.json").read_text(encoding="utf-8"))


def gate_results(settings: Settings, ctx: RunContext) -> dict[str, dict[str, Any]]:
    """Gate → stored result, for the gates that ran."""
    files = sorted((ctx.evidence_dir(settings) / "validation").glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}
