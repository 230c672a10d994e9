"""Writes why a task ended into its note, which the UI shows beside the task.

A task of Airflow 3 can neither reach the metadata database nor set a note through the interface it has, so it leaves
the reason in an XCom (:mod:`lendmart.airflow.tasks`), and the process that schedules the run copies it when the run
ends: the scheduler, or the process of ``airflow dags test``. The plugin ``lendmart_ui`` registers this module.
"""

from __future__ import annotations

from typing import Any

from airflow.listeners import hookimpl


@hookimpl  # type: ignore[untyped-decorator]
def on_dag_run_failed(dag_run: Any) -> None:
    """Airflow calls this within the transaction in which it marks the run as failed; that commits the notes too."""
    from sqlalchemy.orm import object_session

    from lendmart.airflow.metadata import read_xcoms
    from lendmart.airflow.tasks import FAILURE_KEY

    session = object_session(dag_run)
    reasons = read_xcoms(session, dag_run.dag_id, dag_run.run_id, FAILURE_KEY)
    for task_instance in dag_run.get_task_instances(session=session):
        if task_instance.task_id in reasons:
            task_instance.note = reasons[task_instance.task_id]["message"]
