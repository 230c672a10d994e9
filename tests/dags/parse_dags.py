"""Parse the DAG folder as Airflow does, without a network, and print what is in it as JSON. A program, not a test."""

import json
import os
import socket
import sys
from pathlib import Path

from lendmart.airflow.environment import RUN_HOME, airflow_environment
from lendmart.settings import get_settings

HEAVY = ("dbt", "duckdb", "great_expectations", "pandas", "pyarrow")


def refuse(*_args: object, **_kwargs: object) -> None:
    raise AssertionError("a DAG file used the network while it was parsed")


os.environ.update(airflow_environment(get_settings(), RUN_HOME))

from airflow.dag_processing.dagbag import DagBag  # noqa: E402 - Airflow reads its environment when it is imported

socket.socket.connect = refuse  # type: ignore[method-assign,assignment]
socket.getaddrinfo = refuse  # type: ignore[assignment]
before = set(sys.modules)
bag = DagBag(dag_folder=sys.argv[1], bundle_name="test")
imported = set(sys.modules) - before

dags = {
    dag.dag_id: {
        "file": Path(dag.fileloc).name,
        "doc_md": dag.doc_md,
        "params": sorted(dag.params),
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "schedule": str(dag.schedule),
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
