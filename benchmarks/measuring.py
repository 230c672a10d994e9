"""What the benchmarks share: work in a process of its own, measured; tables; and a plain bar chart."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Measured:
    """Seconds of the work and of the processors on it, without imports; peak memory; what the work returned."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    said: Any


def measure(script: str, task: str, *arguments: object) -> Measured:
    """Run ``task`` of a benchmark script in a child process; the child calls :func:`serve`."""
    command = [sys.executable, script, "--task", task, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very script
    assert process.stdout is not None  # noqa: S101
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    seconds, cpu_seconds, said = json.loads(output.splitlines()[-1])
    return Measured(seconds, cpu_seconds, usage.ru_maxrss / 1024, said)


def serve(tasks: Mapping[str, tuple[Callable[..., Any], Sequence[str]]]) -> bool:
    """In a child: import the modules of a task, do it, and say how long that took. False in the parent."""
    if "--task" not in sys.argv:
        return False
    name, *arguments = sys.argv[sys.argv.index("--task") + 1 :]
    task, modules = tasks[name]
    for module in modules:
        importlib.import_module(module)
    started, cpu_started = time.perf_counter(), time.process_time()
    said = task(*arguments)
    taken = time.perf_counter() - started, time.process_time() - cpu_started
    sys.stdout.write(json.dumps([*taken, said]) + "\n")
    return True


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table: readable as it is printed."""
    cells = [[str(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(headings))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def bar_chart(title: str, series: Sequence[str], groups: Mapping[str, Sequence[float]], unit: str) -> str:
    """Horizontal bars as SVG: one group a line, one bar a series."""
    colours, high, left, wide = ("#1f5a99", "#b9c7d6"), 16, 130, 460
    most = max(value for values in groups.values() for value in values)
    parts, y = [f'<text x="10" y="20" font-size="14" font-weight="bold">{escape(title)}</text>'], 34
    for place, name in enumerate(series):
        parts.append(f'<rect x="{left + 150 * place}" y="{y}" width="10" height="10" fill="{colours[place]}"/>')
        parts.append(f'<text x="{left + 14 + 150 * place}" y="{y + 9}">{escape(name)}</text>')
    y += 22
    for name, values in groups.items():
        parts.append(f'<text x="{left - 8}" y="{y + high}" text-anchor="end">{escape(name)}</text>')
        for place, value in enumerate(values):
            length = max(1, round(wide * value / most))
            parts.append(f'<rect x="{left}" y="{y}" width="{length}" height="{high - 3}" fill="{colours[place]}"/>')
            parts.append(f'<text x="{left + length + 5}" y="{y + 11}">{value:,.2f} {escape(unit)}</text>')
            y += high
        y += 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + wide + 130}" height="{y + 6}" '
        f'font-family="sans-serif" font-size="11" fill="#222">\n  ' + "\n  ".join(parts) + "\n</svg>\n"
    )


PALE, DARK = (226, 236, 247), (0, 34, 78)  # one hue, so that grey prints keep the order


def heat_map(title: str, columns: Sequence[str], rows: Mapping[str, Sequence[float]], legend: str) -> str:
    """Cells with their number as SVG: shares from 0 (pale) to 100 (dark), nothing where there is none."""
    left, top, wide, high = 220, 110, 54, 20
    parts = [f'<text x="10" y="20" font-size="14" font-weight="bold">{escape(title)}</text>']
    parts.append(f'<text x="10" y="38">{escape(legend)}</text>')
    for place, name in enumerate(columns):
        x = left + wide * place + wide // 2
        parts.append(f'<text x="{x}" y="{top - 8}" transform="rotate(-35 {x} {top - 8})">{escape(name)}</text>')
    y = top
    for name, shares in rows.items():
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        for place, share in enumerate(shares):
            x = left + wide * place
            if share:
                ink = "#fff" if share > 50 else "#111"
                parts.append(f'<rect x="{x}" y="{y}" width="{wide - 1}" height="{high - 1}" fill="{_blue(share)}"/>')
                parts.append(
                    f'<text x="{x + wide // 2}" y="{y + 14}" fill="{ink}" text-anchor="middle">{share:.0f}</text>'
                )
        y += high
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + wide * len(columns) + 60}" height="{y + 10}" '
        f'font-family="sans-serif" font-size="11" fill="#222">\n  ' + "\n  ".join(parts) + "\n</svg>\n"
    )


def _blue(share: float) -> str:
    return "#" + "".join(f"{round(low + (high - low) * share / 100):02x}" for low, high in zip(PALE, DARK, strict=True))


def say(text: str) -> None:
    """To the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def results_folder() -> Path:
    """Where results that people compare are kept."""
    folder = Path(__file__).parents[1] / "docs" / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
