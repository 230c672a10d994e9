"""
### Build, validate and publish the customer marts

Started by either lake asset, or by hand. `as_of_date` is the parameter, else the latest date in the events that
started the run. Every task works on the one warehouse file, so all of them take the pool `warehouse` (one slot), and
the run as a whole holds a lease on the warehouse, which the command line respects.

`airflow backfill create --dag-id build_customer_marts --from-date 2024-01-01 --to-date 2024-12-31 --max-active-runs 1`
builds the end of each month in the range as it was, like `lendmart backfill` (one run at a time, since the warehouse
has one writer). The monthly schedule is there for that alone: the runs it starts by itself are skipped, because landing
starts the build of a date.

It reads what was known five business days after that date, by `knowledge_cutoff`, or with `as_is` all that is known.

A gate that blocks fails at once, with the id of the control in the log and in the note of the task. The report is
written whatever happens; nothing is published unless every gate has passed. Content that is published already is not
published again: the last task is then skipped.
"""

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, Param, chain, task

from lendmart.airflow import tasks
from lendmart.airflow.defaults import (
    CREDIT_RECORDS,
    DEFAULT_ARGS,
    FINANCIAL_STATEMENTS,
    SEGMENTS,
    WAREHOUSE_POOL,
    run_params,
)

STEPS = (
    "build_staging",
    "validate_landing",
    "build_core",
    "validate_core",
    "build_marts",
    "validate_marts",
    "stage_release",
    "validate_release",
)

with DAG(
    dag_id="build_customer_marts",
    doc_md=__doc__,
    # The last day of each month: `0 0 L * *`.
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("0 0 L * *", timezone="UTC"),
        assets=CREDIT_RECORDS | FINANCIAL_STATEMENTS,
    ),
    # No start date: with one, the schedule would start a run for the last month as soon as the DAG is unpaused.
    catchup=False,
    max_active_runs=1,
    default_args={**DEFAULT_ARGS, "pool": WAREHOUSE_POOL},
    params={
        **run_params(),
        "as_is": Param(
            False,
            type="boolean",
            title="as_is 最新口径",
            description="Read all that is known by now, late deliveries and corrections too, instead of by a cutoff.",
        ),
        "move_current": Param(
            False,
            type="boolean",
            title="move_current 切换当前发布",
            description="Serve this release even if it is older or has fewer sources than the one served now.",
        ),
    },
    tags=["lendmart", "marts"],
):
    claim = task(tasks.claim_warehouse)().as_setup()
    steps = {name: task(tasks.run_step, task_id=name)(name) for name in STEPS}
    report = task(tasks.write_report, trigger_rule="all_done")()
    publish = task(tasks.publish_segments, outlets=[SEGMENTS])()
    release = task(tasks.release_warehouse)().as_teardown(setups=claim)

    chain(claim, *steps.values(), report, publish, release)
    # The report is written even when a gate blocked, so publishing asks every gate itself.
    [steps[name] for name in STEPS if name.startswith("validate_")] >> publish
    # A blocked run decides about publishing before its report is written: the warehouse is kept until both are done.
    report >> release
