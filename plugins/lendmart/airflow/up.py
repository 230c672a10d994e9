"""Airflow with its scheduler and its UI on this machine: what ``make up`` and the container call.

Starts the scheduler, the DAG processor, the triggerer and the API server on SQLite metadata, says when they answer,
and stops them all on Ctrl-C, on SIGTERM, or when one of them ends. ``--check`` asks a running one for its health.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from filelock import FileLock, Timeout
from rich.console import Console

from lendmart.airflow.environment import UI_USER, UP_HOME, airflow_environment, ensure_password, password_file
from lendmart.errors import LendmartError, UsageError
from lendmart.settings import Settings, get_settings

COMPONENTS = {
    "api-server": ["api-server"],
    # The log server would listen on every interface; the UI reads the files, which are on this machine.
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
HEALTHY_PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
START_SECONDS = 120
STOP_SECONDS = 20


class _Stopped(Exception):  # noqa: N818 - not an error
    """SIGTERM or SIGINT arrived."""


def up(settings: Settings, console: Console) -> None:
    """Run Airflow until it is told to stop.

    Raises:
        UsageError: the port is taken, or Airflow already runs on this home.
        LendmartError: a component ended by itself, or did not answer in time; its log is named.
    """
    home = settings.home / UP_HOME
    home.mkdir(parents=True, exist_ok=True)
    with _only_one(home), _stop_signals():
        _check_port(settings)
        environment = {**os.environ, **airflow_environment(settings, UP_HOME)}
        password = ensure_password(settings)
        processes: dict[str, subprocess.Popen[bytes]] = {}
        try:
            console.print("preparing Airflow's metadata")
            _prepare(home, environment)
            for name, command in COMPONENTS.items():
                processes[name] = _start(home, name, [sys.executable, "-m", "airflow", *command], environment)
            console.print(f"starting {', '.join(processes)}")
            _wait_until_healthy(settings, home, processes)
            _print_welcome(settings, console, password)
            while True:
                _check_alive(home, processes)
                time.sleep(1)
        except _Stopped:
            console.print("stopping")
        finally:
            _stop(processes)


def unhealthy_parts(settings: Settings) -> list[str]:
    """The parts of a running Airflow that do not report health; ``api-server`` when nothing answers."""
    host = "127.0.0.1" if settings.ui_host == "0.0.0.0" else settings.ui_host  # noqa: S104 - compared, not bound
    url = f"http://{host}:{settings.ui_port}/api/v2/monitor/health"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            health = json.load(answer)
    except (OSError, ValueError):
        return ["api-server"]
    return [part for part in HEALTHY_PARTS if (health.get(part) or {}).get("status") != "healthy"]


@contextlib.contextmanager
def _only_one(home: Path) -> Iterator[None]:
    lock = FileLock(home / "up.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UsageError(f"Airflow already runs on {home}: stop it first (Ctrl-C where 'make up' runs)") from None
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _stop_signals() -> Iterator[None]:
    """Turn the first SIGTERM or SIGINT into :class:`_Stopped`; later ones do not disturb the stopping."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        raise _Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.ui_host, settings.ui_port))
        except OSError as error:
            raise UsageError(
                f"cannot listen on {settings.ui_host}:{settings.ui_port}: {error.strerror} "
                "(choose another with LENDMART_UI_HOST and LENDMART_UI_PORT)"
            ) from None


def _prepare(home: Path, environment: dict[str, str]) -> None:
    process = _start(home, "metadata", [sys.executable, "-m", "lendmart.airflow.metadata"], environment)
    try:
        if process.wait() != 0:
            raise LendmartError(_ended(home, "metadata", process.returncode))
    finally:
        _stop({"metadata": process})


def _start(home: Path, name: str, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own, so that its children can be stopped with it."""
    log = _log_file(home, name)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        return subprocess.Popen(  # noqa: S603 - our own commands
            command, env=environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True
        )


def _log_file(home: Path, name: str) -> Path:
    return home / "logs" / f"{name}.log"


def _ended(home: Path, name: str, code: int) -> str:
    log = _log_file(home, name)
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
    return f"{name} ended with exit code {code}; the end of {log}:\n{tail}"


def _check_alive(home: Path, processes: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, process in processes.items():
        code = process.poll()
        if code is not None:
            raise LendmartError(_ended(home, name, code))


def _wait_until_healthy(settings: Settings, home: Path, processes: dict[str, subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while missing := unhealthy_parts(settings):
        _check_alive(home, processes)
        if time.monotonic() > deadline:
            raise LendmartError(f"not healthy after {START_SECONDS} s: {', '.join(missing)}; see {home / 'logs'}")
        time.sleep(0.5)


def _print_welcome(settings: Settings, console: Console, password: str | None) -> None:
    console.print(f"Airflow is ready: http://{settings.ui_host}:{settings.ui_port}", soft_wrap=True)
    shown = password or f"in {password_file(settings)}"
    console.print(f"user {UI_USER}, password {shown}{' (shown this once)' if password else ''}", soft_wrap=True)
    console.print(f"deliveries go to {settings.landing_dir}/<source>/; stop with Ctrl-C", soft_wrap=True)


def _stop(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask every process to end, the ones that use the API server first, then end what is left of its group."""
    for process in reversed(processes.values()):
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    check: Annotated[bool, typer.Option("--check", help="Ask a running Airflow for its health, and end.")] = False,
) -> None:
    """Run Airflow with its UI until Ctrl-C."""
    try:
        settings = get_settings()
        if not check:
            up(settings, Console(highlight=False))
        elif missing := unhealthy_parts(settings):
            raise LendmartError(f"not healthy: {', '.join(missing)}")
    except LendmartError as error:
        Console(stderr=True, highlight=False).print(f"error: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(error.exit_code) from None


if __name__ == "__main__":
    app()
