"""One notifier for everything a person should hear of: failures, retries and warnings of a gate."""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk.bases.notifier import BaseNotifier

log = logging.getLogger(__name__)


class LendmartNotifier(BaseNotifier):  # type: ignore[misc]
    """Says what happened to which task of which run. It writes to the log: a mail or a chat message goes here."""

    def __init__(self, level: int, event: str) -> None:
        super().__init__()
        self.level = level
        self.event = event

    def notify(self, context: dict[str, Any]) -> None:
        """Airflow calls this with the context of the task; ``exception`` is there after a failure."""
        reason = context.get("exception")
        self.tell(context, str(reason) if reason else "no reason was given")

    def tell(self, context: dict[str, Any], reason: str) -> None:
        """Notify with ``reason`` in place of an exception."""
        task_instance = context["ti"]
        where = f"{task_instance.dag_id}.{task_instance.task_id} ({task_instance.run_id})"
        log.log(self.level, "%s: %s: %s", self.event, where, reason)


NOTIFY_FAILURE = LendmartNotifier(logging.ERROR, "task failed")
NOTIFY_RETRY = LendmartNotifier(logging.WARNING, "task will be tried again")
NOTIFY_WARNING = LendmartNotifier(logging.WARNING, "gate passed with warnings")
