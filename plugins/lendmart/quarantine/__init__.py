"""The quarantine as people work on it: what is in it, why, and how corrected rows come back (design §4 and §6)."""

from lendmart.quarantine.export import Exported, export_batch
from lendmart.quarantine.reland import reland
from lendmart.quarantine.rows import LANDING, Count, QuarantinedRow, counts, quarantined_rows, select_rows
from lendmart.quarantine.unseal import unseal_rows

__all__ = [
    "LANDING",
    "Count",
    "Exported",
    "QuarantinedRow",
    "counts",
    "export_batch",
    "quarantined_rows",
    "reland",
    "select_rows",
    "unseal_rows",
]
