"""What every DAG shares: the assets, the pool, the retries and the parameters. Light, because DAG files import it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Asset, Param

from lendmart.airflow.notify import NOTIFY_FAILURE, NOTIFY_RETRY

CREDIT_RECORDS = Asset("lake/credit_records")
FINANCIAL_STATEMENTS = Asset("lake/financial_statements")
SEGMENTS = Asset("pub/segments")

# One slot: the warehouse file has one writer (`metadata.prepare_metadata` creates the pool).
WAREHOUSE_POOL = "warehouse"

START_DATE = datetime(2020, 1, 1, tzinfo=UTC)

# Only transient faults get as far as a retry: `tasks` turns every other error into a final failure.
DEFAULT_ARGS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "on_failure_callback": [NOTIFY_FAILURE],
    "on_retry_callback": [NOTIFY_RETRY],
}


def run_params() -> dict[str, Param]:
    """The parameters that every DAG takes; empty ones are worked out from what landed and from the settings."""
    return {
        "as_of_date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="as_of_date 业务日期",
            description="Business date of the assessment, YYYY-MM-DD. Empty: the latest date that was landed.",
        ),
        "knowledge_cutoff": Param(
            None,
            type=["null", "string"],
            title="knowledge_cutoff 知识截止",
            description="Only what was known by then counts (ISO, UTC). Empty: five business days after as_of_date.",
        ),
        "sources": Param(
            None,
            type=["null", "array"],
            items={"type": "string"},
            title="sources 来源",
            description="Sources of the run, with those they refer to (meta.requires). Empty: LENDMART_SOURCES.",
        ),
    }
