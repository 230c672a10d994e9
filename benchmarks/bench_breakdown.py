"""What `make run` costs over the bare work, on the demo bank: Airflow, imports and Great Expectations together.

The bare work is measured in this process, on a second home, after a first pass has imported everything: landing, dbt,
staging of the release and publishing, without the gates. All the rest of `make run` counts as overhead, the SQL of the
controls included, so the overhead is an upper bound. Target: below 30 s.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from measuring import say, table

from lendmart import pipeline
from lendmart.settings import Settings, get_settings

TARGET_SECONDS = 30


def timed(seconds: dict[str, float], name: str, do: Callable[[], object]) -> object:
    """Run ``do`` and note how long it took under ``name``."""
    started = time.perf_counter()
    outcome = do()
    seconds[name] = time.perf_counter() - started
    return outcome


def bare_line(settings: Settings) -> dict[str, float]:
    """Seconds of every step of the line, in this process, for the deliveries in the landing folder."""
    now = datetime.now(UTC).replace(tzinfo=None)
    seconds: dict[str, float] = {}
    landed = pipeline.land_sources(settings, ["demo"], arrived_at=now)
    seconds["land"] = (datetime.now(UTC).replace(tzinfo=None) - now).total_seconds()
    as_of = landed.latest_business_date
    assert as_of is not None, "the demo bank delivered nothing"  # noqa: S101
    ctx = pipeline.new_context(settings, as_of, started_at=now, sources=["demo"])
    for step in pipeline.STEPS:
        timed(seconds, step.name, lambda step=step: step.do(settings, ctx))
    timed(seconds, "write_report", lambda: pipeline.report(settings, ctx))
    timed(seconds, "publish_segments", lambda: pipeline.publish(settings, ctx, at=now))
    return seconds


def run(*command: str, home: Path) -> float:
    """Run a program that was installed beside this Python; returns its seconds."""
    started = time.perf_counter()
    environment = {**os.environ, "LENDMART_HOME": str(home), "LENDMART_SOURCES": "demo"}
    subprocess.run([Path(sys.executable).with_name(command[0]), *command[1:]], env=environment, check=True)  # noqa: S603 - ours
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="lendmart-bench-") as folder:
        homes = [Path(folder) / name for name in ("run", "warm", "bare")]
        for home in homes:
            run("lendmart", "demo", home=home)
        total = run("python", "-m", "lendmart.airflow.make_run", home=homes[0])
        bare_line(get_settings(home=homes[1]))
        seconds = bare_line(get_settings(home=homes[2]))
    gates = sum(value for name, value in seconds.items() if name.startswith("validate_"))
    bare = sum(seconds.values()) - gates
    rows = [[name, f"{value:.1f}"] for name, value in seconds.items()]
    rows += [
        ["make run, after setup and demo", f"{total:.1f}"],
        ["bare work (without the gates)", f"{bare:.1f}"],
        [f"overhead (target: below {TARGET_SECONDS})", f"{total - bare:.1f}"],
    ]
    say(table(["the line in one warm process", "s"], rows))


if __name__ == "__main__":
    main()
