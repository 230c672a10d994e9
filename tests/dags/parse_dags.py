"""Parse the DAG folder as Airflow does, without a network, and print what is in it as JSON. A program, not a test."""

import json
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lendmart.airflow.environment import RUN_HOME, airflow_environment
from lendmart.settings import get_settings

HEAVY = ("dbt", "duckdb", "great_expectations", "pandas", "pyarrow")


def refuse(*_args: object, **_kwargs: object) -> None:
    raise AssertionError("a DAG file used the network while it was parsed")


os.environ.update(airflow_environment(get_settings(), RUN_HOME))

from airflow.dag_processing.dagbag import DagBag  # noqa: E402 - Airflow reads its environment when it is imported
from airflow.serialization.serialized_objects import DagSerialization  # noqa: E402

socket.socket.connect = refuse  # type: ignore[method-assign,assignment]
socket.getaddrinfo = refuse  # type: ignore[assignment]
before = set(sys.modules)
bag = DagBag(dag_folder=sys.argv[1], bundle_name="test")
imported = set(sys.modules) - before


def scheduled(dag: Any) -> Any:
    """The DAG as the scheduler has it."""
    return DagSerialization.from_dict(DagSerialization.to_dict(dag))


def assets_of(dag: Any) -> list[str]:
    """Names of the assets that start the DAG."""
    return sorted(key.name for key, _ in scheduled(dag).timetable.asset_condition.iter_assets())


def backfilled_in_a_quarter(dag: Any) -> list[str]:
    """The ends of the data intervals that ``airflow backfill create`` makes runs for in the first quarter of 2024."""
    infos = scheduled(dag).iter_dagrun_infos_between(
        datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 3, 31, tzinfo=UTC)
    )
    return [info.data_interval.end.date().isoformat() for info in infos]


dags = {
    dag.dag_id: {
        "file": Path(dag.fileloc).name,
        "doc_md": dag.doc_md,
        "params": sorted(dag.params),
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "schedule": str(dag.schedule),
        "assets": assets_of(dag),
        "backfilled_in_a_quarter": backfilled_in_a_quarter(dag),
        "tasks": {
            task.task_id: {
                "pool": task.pool,
                "trigger_rule": str(task.trigger_rule.value),
                "upstream": sorted(task.upstream_task_ids),
                "retries": task.retries,
                "is_setup": task.is_setup,
                "is_teardown": task.is_teardown,
                "outlets": [asset.name for asset in task.outlets],
                "notified": len(task.on_failure_callback),
            }
            for task in dag.tasks
        },
    }
    for dag in bag.dags.values()
}
heavy = sorted(name for name in imported if name.split(".")[0] in HEAVY)
print(json.dumps({"dags": dags, "errors": bag.import_errors, "heavy": heavy}))  # noqa: T201
