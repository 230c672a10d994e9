"""Reading sealed originals: with the key, and never without a line that says who, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from lendmart.errors import UsageError
from lendmart.privacy import Vault, is_sealed, load_key
from lendmart.publishing import durable
from lendmart.quarantine.rows import QuarantinedRow
from lendmart.settings import Settings

RECORD = "unseal.jsonl"


def unseal_rows(
    settings: Settings, rows: Sequence[QuarantinedRow], *, at: datetime, actor: str, reason: str, use: str
) -> list[QuarantinedRow]:
    """The rows with their sealed texts opened. ``evidence/unseal.jsonl`` gains a line first, if anything is opened.

    ``use`` is the command. The key of the time the rows landed is needed.

    Raises:
        UsageError: no reason was given.
        LendmartError: another key, or a changed text.
    """
    sealed = [row for row in rows if is_sealed(row.original)]
    if not sealed:
        return list(rows)
    if not reason.strip():
        raise UsageError("--reason: found none, expected why personal data is read; it is recorded in the evidence")
    vault = Vault.of(load_key(settings))
    texts = {row.original: vault.unseal(row.original) for row in sealed}
    batches = sorted({(row.source, row.feed, row.batch_id) for row in sealed})
    settings.evidence_dir.mkdir(parents=True, exist_ok=True)
    for source, feed, batch_id in batches:
        entry = {
            "at": at.isoformat(timespec="seconds") + "Z",
            "actor": actor,
            "reason": reason.strip(),
            "use": use,
            "key_id": vault.key_id,
            "source": source,
            "feed": feed,
            "batch_id": batch_id,
            "source_rows": sorted({row.source_row for row in sealed if row.batch_id == batch_id and row.feed == feed}),
        }
        durable.append_line(settings.evidence_dir / RECORD, durable.canonical_json(entry) + b"\n")
    return [replace(row, original=texts.get(row.original, row.original)) for row in rows]
