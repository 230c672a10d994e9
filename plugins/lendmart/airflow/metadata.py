"""Airflow's metadata database: made ready, and read. ``python -m lendmart.airflow.metadata`` makes it ready.

Nothing here imports Airflow before it is called: Airflow reads its environment when it is imported.
"""

from __future__ import annotations

from typing import Any


def airflow_command(*arguments: str) -> None:
    """Run ``airflow <arguments>`` in this process: no second import of Airflow, which costs seconds."""
    from airflow.cli.cli_parser import get_parser

    parsed = get_parser().parse_args(arguments)
    parsed.func(parsed)


def prepare_metadata() -> None:
    """Create or migrate the metadata database, and the pool that keeps the warehouse at one writer."""
    airflow_command("db", "migrate")

    from airflow.models.pool import Pool

    from lendmart.airflow.defaults import WAREHOUSE_POOL

    Pool.create_or_update_pool(
        WAREHOUSE_POOL, slots=1, description="The warehouse file has one writer", include_deferred=False
    )


def read_xcoms(session: Any, dag_id: str, run_id: str, key: str) -> dict[str, Any]:
    """Task → its XCom ``key``, for the tasks of a run that left one. Tasks store plain JSON values."""
    from airflow.models.xcom import XComModel
    from sqlalchemy import select

    query = select(XComModel.task_id, XComModel.value).where(
        XComModel.dag_id == dag_id, XComModel.run_id == run_id, XComModel.key == key
    )
    return {row.task_id: row.value for row in session.execute(query)}


if __name__ == "__main__":
    prepare_metadata()
