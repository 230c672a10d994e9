"""Writes why a task ended into its note, which the UI shows beside the task.

A task of Airflow 3 can neither reach the metadata database nor set a note through the interface it has, so it leaves
the reason in an XCom (:mod:`lendmart.airflow.tasks`), and the process that schedules the run copies it when the run
ends: the scheduler, or the process of ``airflow dags test``. The plugin ``lendmart_ui`` registers this module.
"""

from __future__ import annotations

import contextlib
from typing import Any

from airflow.listeners import hookimpl


@hookimpl  # type: ignore[untyped-decorator]
def on_dag_run_failed(dag_run: Any) -> None:
    """Airflow calls this while it marks the run as failed: in the scheduler's transaction, which commits the notes.

    ``airflow dags test`` hands over a run that belongs to no session; the notes then get a transaction of their own.
    """
    from airflow.utils.session import create_session
    from sqlalchemy.orm import object_session

    from lendmart.airflow.metadata import read_xcoms
    from lendmart.airflow.tasks import FAILURE_KEY

    current = object_session(dag_run)
    with contextlib.nullcontext(current) if current is not None else create_session() as session:
        reasons = read_xcoms(session, dag_run.dag_id, dag_run.run_id, FAILURE_KEY)
        for task_instance in dag_run.get_task_instances(session=session):
            if task_instance.task_id in reasons:
                task_instance.note = reasons[task_instance.task_id]["message"]
