"""The environment in which Airflow is started: everything it needs, nothing from another Airflow of the account."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from pathlib import Path

from lendmart.settings import Settings

UI_USER = "admin"
RUN_HOME = "airflow-run"
UP_HOME = "airflow"


def airflow_environment(settings: Settings, home_name: str) -> dict[str, str]:
    """Variables for an Airflow whose home is ``<LENDMART_HOME>/<home_name>``, on SQLite, without a network.

    ``make run`` and ``make up`` have homes of their own: asset events of the first would start a run in the second.
    """
    home = settings.home / home_name
    keys = _keys(settings)
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.project_root / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(settings.project_root / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet_key"],
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{settings.ui_port}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{UI_USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(password_file(settings)),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__API__HOST": settings.ui_host,
        "AIRFLOW__API__PORT": str(settings.ui_port),
        "AIRFLOW__API__SECRET_KEY": keys["api_secret_key"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt_secret"],
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        # Airflow's own commands are found beside this Python, whatever the PATH.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "LENDMART_HOME": str(settings.home),
        "LENDMART_PROJECT_ROOT": str(settings.project_root),
        "GX_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def password_file(settings: Settings) -> Path:
    """JSON of user → password of the UI, readable by the owner only."""
    return settings.secrets_dir / "airflow_users.json"


def ensure_password(settings: Settings) -> str | None:
    """Make the password of the UI's user if there is none yet. Returns it when it was made now, else None."""
    path = password_file(settings)
    if path.exists():
        return None
    password = secrets.token_urlsafe(12)
    write_secret(path, {UI_USER: password})
    return password


def write_secret(path: Path, content: dict[str, str]) -> None:
    """Write JSON that only the owner can read, at no instant readable by others."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(content, stream)
    temporary.replace(path)


def _keys(settings: Settings) -> dict[str, str]:
    """The keys with which Airflow signs and encrypts, made on first use."""
    path = settings.secrets_dir / "airflow_keys.json"
    if not path.exists():
        names = ("api_secret_key", "jwt_secret")
        fernet_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        write_secret(path, {"fernet_key": fernet_key, **{name: secrets.token_urlsafe(48) for name in names}})
    keys: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return keys
