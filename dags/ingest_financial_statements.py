"""
### Land financial statements

Lands the statement feeds of every source in `LENDMART_SOURCES`: each new file becomes one immutable batch in the
lake, refused rows go to quarantine with their reasons.

Emits the asset `lake/financial_statements` with `{"as_of_date": latest business date in the lake}`, which starts
`build_customer_marts`. When there is nothing new to land the task is skipped and no event is emitted. A file that
cannot be landed fails the task without an event, so that nothing is built on half a delivery: put the file right, and
the next run lands it.
"""

from airflow.sdk import DAG, task

from lendmart.airflow import tasks
from lendmart.airflow.defaults import DEFAULT_ARGS, FINANCIAL_STATEMENTS, START_DATE, run_params

with DAG(
    dag_id="ingest_financial_statements",
    doc_md=__doc__,
    schedule="@daily",
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=run_params(),
    tags=["lendmart", "ingest"],
):
    task(tasks.land_domain, task_id="land_financial_statements", outlets=[FINANCIAL_STATEMENTS])("financial_statements")
