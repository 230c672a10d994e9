"""``lendmart doctor``: is everything in place, and is the state consistent?"""

from __future__ import annotations

import importlib.metadata
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from lendmart.calibration.subjects import SUBJECTS, Subject
from lendmart.errors import LendmartError
from lendmart.settings import Settings


@dataclass(frozen=True)
class Check:
    """One thing examined."""

    name: str
    ok: bool
    detail: str


def examine(settings: Settings) -> list[Check]:
    """Versions, folders, key, contracts, controls, what is in force, ledger; repairs an interrupted publication."""
    checks = [Check("python", sys.version_info >= (3, 11), sys.version.split()[0])]
    for package in ("apache-airflow", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations"):
        checks.append(Check(package, True, importlib.metadata.version(package)))
    checks.append(_writable(settings))
    checks.append(_key(settings))
    checks.append(_loads("source contracts", lambda: _sources(settings)))
    checks.append(_loads("controls", lambda: _controls(settings)))
    checks += [_loads(subject.title, partial(_in_force, settings, subject)) for subject in SUBJECTS]
    checks.append(_loads("releases", lambda: _releases(settings)))
    return checks


def _writable(settings: Settings) -> Check:
    settings.home.mkdir(parents=True, exist_ok=True)
    return Check("home", os.access(settings.home, os.W_OK), str(settings.home))


def _key(settings: Settings) -> Check:
    if settings.pseudonym_key is not None:
        return Check("pseudonym key", True, "from the environment")
    path = settings.secrets_dir / "pseudonym.key"
    if not path.exists():
        return Check("pseudonym key", True, "made on first use")
    mode = stat.S_IMODE(path.stat().st_mode)
    return Check("pseudonym key", mode == 0o600, f"{path}, mode {mode:04o} (0600 expected)")


def _loads(name: str, describe: Callable[[], str]) -> Check:
    try:
        return Check(name, True, describe())
    except LendmartError as error:
        return Check(name, False, str(error))


def _sources(settings: Settings) -> str:
    from lendmart.landing.contract import load_contracts

    return ", ".join(f"{name} ({len(source.feeds)} feeds)" for name, source in sorted(load_contracts(settings).items()))


def _controls(settings: Settings) -> str:
    from lendmart.quality import load_controls

    return f"{len(load_controls(settings))} in {settings.expectations_dir}"


def _in_force(settings: Settings, subject: Subject) -> str:
    """The version of each portfolio that is, or will be, in force last."""
    from lendmart.calibration.record import latest, read_record

    entries = read_record(settings, subject)
    portfolios = sorted({tuple(entry.portfolio) for entry in entries})
    found = [(portfolio, latest(entries, portfolio)) for portfolio in portfolios]
    told = [
        f"{', '.join(portfolio)}: {status.version} ({status.state}, in force from {status.effective_from})"
        for portfolio, status in found
        if status
    ]
    return "; ".join(told) or "made on first use"


def _releases(settings: Settings) -> str:
    from lendmart.publishing import list_releases, recover, verify_release

    recover(settings)
    findings = verify_release(settings, None)
    if findings:
        raise LendmartError("; ".join(str(finding) for finding in findings))
    return f"{len(list_releases(settings))} verified"
