"""What the commands share: where they print, how they read dates, and the clock."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from lendmart.errors import UsageError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, for machines.")]
AsOf = Annotated[str, typer.Option("--as-of", help="Business date of the assessment, YYYY-MM-DD.")]
Cutoff = Annotated[str | None, typer.Option(help="Knowledge cutoff, UTC; default: 5 business days after --as-of.")]
AsIs = Annotated[
    bool, typer.Option("--as-is", help="Read all that is known by now: late deliveries and corrections too.")
]
Sources = Annotated[list[str] | None, typer.Option("--source", help="A source of the run; repeat for several.")]


def now() -> datetime:
    """The wall clock, read here and in the DAGs only; naive UTC like every timestamp below."""
    return datetime.now(UTC).replace(tzinfo=None)


def narrator(as_json: bool) -> Callable[[str], None]:
    """Tells progress on standard error; silent where standard output is for a machine."""
    return (lambda _: None) if as_json else (lambda text: err.print(f"[dim]{now():%H:%M:%S}[/dim]  {text}"))


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    out.print_json(json.dumps(plain(value), ensure_ascii=False, default=str))


def plain(value: object) -> Any:
    """Dataclasses and models as plain JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def parse_date(text: str, option: str) -> date:
    """An ISO date, or a :class:`UsageError` that names the option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: found '{text}', expected a date as YYYY-MM-DD") from None


def parse_cutoff(text: str | None, option: str = "--cutoff") -> datetime | None:
    """An ISO date or timestamp (UTC when it names no zone) as naive UTC, or an error that names the option.

    Fractions of a second are dropped: a cutoff is kept, and compared, in whole seconds.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: found '{text}', expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS (UTC)") from None
    utc = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return utc.replace(microsecond=0)
