"""``lendmart source``: help with a new source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from lendmart.cli.common import err, out
from lendmart.errors import UsageError

if TYPE_CHECKING:
    from lendmart.landing.infer import ProposedColumn

source_app = typer.Typer(no_args_is_help=True, help="Describe a new source.")

Files = Annotated[list[Path], typer.Argument(help="Delivered files; several of one layout are one feed.")]


@source_app.callback()
def _source() -> None:
    """Describe a new source."""


@source_app.command()
def infer(
    files: Files,
    source: Annotated[str, typer.Option("--source", help="Name of the new source: a-z, 0-9 and _.")] = "new_source",
    domain: Annotated[str, typer.Option(help="credit_records or financial_statements.")] = "credit_records",
    folder: Annotated[Path | None, typer.Option("--out", help="Write the yml and staging drafts here.")] = None,
) -> None:
    """Propose the contract of a source from its files: the yml on standard output, the reasons beside it."""
    from lendmart.landing.infer import propose, write_files, yaml_of

    if re.fullmatch(r"[a-z][a-z0-9_]*", source) is None:
        raise UsageError(f"--source: found '{source}', expected a name of a-z, 0-9 and _ that begins with a letter")
    if domain not in ("credit_records", "financial_statements"):
        raise UsageError(f"--domain: found '{domain}', expected credit_records or financial_statements")
    feeds = propose(source, files)
    for feed in feeds:
        table = Table(title=f"{feed.name}: {feed.rows:,} rows, {len(feed.files)} file(s)")
        for heading in ("column", "in the file", "type", "why"):
            table.add_column(heading, overflow="fold")
        for column in feed.columns:
            table.add_row(column.name, _safe(column.source_name), column.data_type, _safe(_reason(column)))
        err.print(table)
        err.print("\n".join(f"  {key}: {_safe(note)}" for key, note in feed.notes.items()))
    if folder is None:
        out.print(yaml_of(source, domain, feeds), markup=False, soft_wrap=True, end="")
        return
    for path in write_files(folder, source, domain, feeds):
        out.print(str(path), soft_wrap=True, markup=False)


def _reason(column: ProposedColumn) -> str:
    if column.finding is not None:
        return f"{column.finding.identifier}: {column.finding.why}"
    return "; ".join(text for text in (column.guess.why, column.guess.check) if text)


def _safe(text: str) -> str:
    return text.replace("[", r"\[")
