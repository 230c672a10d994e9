"""Releases: immutable folders of tables with their evidence, a ledger that chains them, and the link ``current``."""

from lendmart.publishing.catalog import ReleaseSummary, list_releases, rollback, show_release, verify_release
from lendmart.publishing.ledger import recover
from lendmart.publishing.release import PublishOutcome, publish
from lendmart.publishing.staging import stage_release
from lendmart.publishing.verify import Finding

__all__ = [
    "Finding",
    "PublishOutcome",
    "ReleaseSummary",
    "list_releases",
    "publish",
    "recover",
    "rollback",
    "show_release",
    "stage_release",
    "verify_release",
]
