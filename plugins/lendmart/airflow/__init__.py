"""What the DAGs need beside the pipeline: defaults, tasks, notices, and the two ways to start Airflow.

The only folder of the package that imports Airflow. The DAG files wire; `tasks` calls the same functions as the
command line; `make_run` runs the DAGs without a scheduler and `up` with one.
"""
