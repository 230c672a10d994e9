"""The Airflow plugin of Lendmart."""

from airflow.plugins_manager import AirflowPlugin

from lendmart.airflow import notes


class LendmartPlugin(AirflowPlugin):
    """Registers the notes of failed tasks."""

    name = "lendmart"
    listeners = [notes]  # noqa: RUF012 - Airflow's own attribute
