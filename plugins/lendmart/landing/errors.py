"""What can be wrong with a delivery, as errors that name it."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lendmart.errors import LendmartError

if TYPE_CHECKING:
    from lendmart.landing.land import LandingReport


class DeliveryError(LendmartError):
    """One file cannot be landed as a whole; nothing of it is in the lake. The message begins with the file."""


class SystemFaultError(DeliveryError):
    """The system failed, not the file: a full disk, a read error, a permission. Later files of the feed wait.

    Were they landed, a correction would become the first version, and what it corrects the second.
    """


class LandingError(LendmartError):
    """Some files could not be landed; the others are in the lake (``report``), and each failure is listed."""

    def __init__(self, failures: Sequence[LendmartError], report: LandingReport) -> None:
        self.failures = tuple(failures)
        self.report = report
        total = len(failures) + len(report.batches) + report.skipped
        lines = "".join(f"\n  - {failure}" for failure in failures)
        super().__init__(f"{len(failures)} of {total} deliveries could not be landed (the others are):{lines}")


def is_of_the_system(error: Exception) -> bool:
    """Whether an error of DuckDB's Parquet reader gives a reason of the system: it calls damage an input error too."""
    return any(os.strerror(code) in str(error) for code in errno.errorcode)
