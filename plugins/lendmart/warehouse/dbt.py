"""Run dbt in this process, on the warehouse of the settings, for one run."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from lendmart.errors import LendmartError
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse.project import staging_models

PARTIAL_PARSE = "partial_parse.msgpack"
PARSE_HOME = Path("parse")  # never opened: parsing touches no warehouse


def dbt_vars(settings: Settings, ctx: RunContext, *, every_source: bool = False) -> dict[str, Any]:
    """The vars every model may read: the pure inputs of the run, and what the folders of its sources hold.

    The graph is parsed with ``every_source``, so that it serves the runs of all: what a run refers to is a part of it.
    """
    return {
        "as_of_date": ctx.as_of_date.isoformat(),
        "knowledge_cutoff": ctx.knowledge_cutoff.isoformat(sep=" ", timespec="seconds"),
        "as_was_cutoff": (ctx.as_was_cutoff or ctx.knowledge_cutoff).isoformat(sep=" ", timespec="seconds"),
        "sources": list(ctx.sources),
        "run_id": ctx.run_id,
        "base_currency": ctx.base_currency,
        "config_version": ctx.config_version,
        "staging_models": staging_models(settings, None if every_source else ctx.sources),
    }


def run_dbt(
    settings: Settings,
    ctx: RunContext,
    command: str,
    select: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    full_refresh: bool = False,
    write_graph: bool = True,
) -> None:
    """Run ``dbt <command> --select <select…> --exclude <exclude…>``; ``command`` is run, build, seed, test or compile.

    Writing the graph and the results as JSON takes dbt two seconds, and a release reads the graph once.

    Raises:
        LendmartError: names the nodes that failed and what the engine said.
    """
    excluded = ["--exclude", *exclude] if exclude else []
    arguments = [command, "--select", *select, *excluded, *_project_arguments(settings, ctx)]
    if command == "build":
        # Controls are the gates' business; dbt's own tests run in the test suite.
        arguments += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    if full_refresh:
        arguments.append("--full-refresh")
    if not write_graph:
        arguments.append("--no-write-json")
    _invoke(settings, arguments, manifest=_parsed(settings))


def parse(settings: Settings) -> Path:
    """Parse the project and return dbt's ``manifest.json``: the graph, without touching a warehouse."""
    target = settings.warehouse_path.parent / "target"
    _parse_into(settings, target)
    return target / "manifest.json"


_last_parse: dict[Any, Any] = {}


def _parsed(settings: Settings) -> Any:
    """dbt's graph, parsed once a process and project: all steps and all runs share it.

    The vars of a run choose no model and no reference: they are read when a model is compiled, anew for each run.
    Processes hand on what they have parsed in dbt's own partial parse: what has not changed is not parsed again, which
    takes the tasks of Airflow, each a process, a fifth of the time.
    """
    key = (settings.warehouse_path.name, _state_of_files(settings.dbt_project_dir))
    if key not in _last_parse:
        kept = _partial_parse(settings)
        with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
            fresh = Path(scratch, PARTIAL_PARSE)
            if kept.exists():
                shutil.copyfile(kept, fresh)
            manifest = _parse_into(settings, Path(scratch), write_graph=False)
            if fresh.exists():
                fresh.replace(kept)
        _last_parse.clear()
        _last_parse[key] = manifest
    return _last_parse[key]


def _partial_parse(settings: Settings) -> Path:
    """Beside the project, where every home finds it; in the home, where the project cannot be written."""
    for folder in (settings.dbt_project_dir / "target", settings.warehouse_path.parent / "target"):
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder / PARTIAL_PARSE
    raise LendmartError(f"{settings.warehouse_path.parent}: cannot be written, expected a folder for dbt's graph")


def _parse_into(settings: Settings, target: Path, *, write_graph: bool = True) -> Any:
    """The same arguments and environment whatever the run and the home: dbt drops a partial parse made with others."""
    nothing = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI
    ctx = RunContext("parse", nothing.date(), nothing, (), "CNY", "none", "none", "none")
    same = settings.model_copy(update={"home": PARSE_HOME, "threads": 1, "memory_limit": "1GB"})
    arguments = ["parse", *_project_arguments(settings, ctx, every_source=True, target=target)]
    return _invoke(same, arguments if write_graph else [*arguments, "--no-write-json"])


def _state_of_files(project: Path) -> tuple[tuple[str, int, int], ...]:
    """Path, time of the last change and size of every file of the project, but for what dbt writes beside it."""
    written = (str(project / "target"), str(project / "logs"))
    state = []
    for folder, _, names in os.walk(project):
        if not folder.startswith(written):
            entries = [(path, path.stat()) for path in (Path(folder, name) for name in names)]
            state += [(str(path), entry.st_mtime_ns, entry.st_size) for path, entry in entries]
    return tuple(sorted(state))


def _project_arguments(
    settings: Settings, ctx: RunContext, *, every_source: bool = False, target: Path | None = None
) -> list[str]:
    work = settings.warehouse_path.parent
    return [
        "--project-dir", str(settings.dbt_project_dir),
        "--profiles-dir", str(settings.dbt_project_dir),
        "--target-path", str(target or work / "target"),
        "--log-path", str(work / "logs"),
        "--log-level", "none",
        "--log-level-file", "info",
        "--vars", json.dumps(dbt_vars(settings, ctx, every_source=every_source), ensure_ascii=False),
    ]  # fmt: skip


def _invoke(settings: Settings, arguments: list[str], manifest: Any = None) -> Any:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    with _environment(settings):
        try:
            outcome = dbtRunner(manifest=manifest).invoke(arguments)
        finally:
            # dbt-duckdb keeps its handle, and the next opener of the file would be refused (stack notes).
            DuckDBConnectionManager.close_all_connections()
    if outcome.success:
        return outcome.result
    if outcome.exception is not None:
        raise LendmartError(f"dbt {arguments[0]}: {outcome.exception}")
    failed = [
        f"{result.node.name}: {' '.join(str(result.message).split())}"
        for result in getattr(outcome.result, "results", [])
        if result.status in ("error", "fail", "runtime error")
    ]
    advice = ""
    if any("out of sync" in problem for problem in failed):
        advice = ". The layout of a table that is added to has changed: run once with --full-refresh"
    raise LendmartError(f"dbt {arguments[0]} failed: " + "; ".join(failed) + advice)


@contextlib.contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """What profiles.yml and the plugin read; restored afterwards."""
    wanted = {
        "LENDMART_WAREHOUSE": str(settings.warehouse_path),
        "LENDMART_HOME": str(settings.home),
        "LENDMART_THREADS": str(settings.threads),
        "LENDMART_MEMORY_LIMIT": settings.memory_limit,
        "DO_NOT_TRACK": "1",
    }
    if settings.pseudonym_key is not None:
        wanted["LENDMART_PSEUDONYM_KEY"] = settings.pseudonym_key.get_secret_value()
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
