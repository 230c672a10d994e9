"""The files around the code: container, hooks, settings example. Each is checked by the tool that will read it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lendmart.settings import PROJECT_ROOT, Settings


def tool(name: str, *arguments: str, folder: Path = PROJECT_ROOT) -> subprocess.CompletedProcess[str]:
    """Run a tool that was installed beside this Python."""
    command = [Path(sys.executable).with_name(name), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def compose_file() -> str:
    return (PROJECT_ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def test_compose_file_is_valid() -> None:
    checked = tool("docker-compose", "-f", "docker-compose.yml", "config", "--quiet")
    assert checked.returncode == 0, checked.stderr


def test_a_misspelt_key_of_the_compose_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text(compose_file().replace("restart:", "restrat:"), encoding="utf-8")
    checked = tool("docker-compose", "-f", "docker-compose.yml", "config", "--quiet", folder=tmp_path)
    assert checked.returncode != 0
    assert "restrat" in checked.stderr


def test_container_is_one_service_that_only_this_machine_reaches() -> None:
    (service,) = yaml.safe_load(compose_file())["services"].values()
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_dockerfile_is_clean() -> None:
    checked = tool("hadolint", "Dockerfile")
    assert checked.returncode == 0, checked.stdout


def test_container_does_not_run_as_root_checks_hashes_and_reports_health() -> None:
    lines = (PROJECT_ROOT / "Dockerfile").read_text(encoding="utf-8")
    final = lines[lines.rindex("FROM ") :]
    assert re.search(r"^USER 10001$", final, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", final, re.MULTILINE)
    assert "--require-hashes -r requirements.lock" in lines


def test_image_gets_everything_the_line_needs() -> None:
    kept = set(re.findall(r"^!(\S+)$", (PROJECT_ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"dags", "dbt_project", "expectations", "plugins", "pyproject.toml", "requirements.lock"} <= kept


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    example = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^#? ?(LENDMART_[A-Z_]+)=", example, re.MULTILINE)
    assert sorted(named) == sorted(f"LENDMART_{name.upper()}" for name in Settings.model_fields)


def test_values_of_the_example_are_the_defaults() -> None:
    example = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")
    for name, value in re.findall(r"^LENDMART_([A-Z_]+)=(.*)$", example, re.MULTILINE):
        assert value == str(Settings.model_fields[name.lower()].default), name


def test_hooks_are_local_and_run_installed_tools() -> None:
    checked = tool("pre-commit", "validate-config", ".pre-commit-config.yaml")
    assert checked.returncode == 0, checked.stdout
    config = yaml.safe_load((PROJECT_ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    assert {hook["language"] for repo in config["repos"] for hook in repo["hooks"]} == {"system"}


def test_airflow_does_not_import_the_package_as_plugins() -> None:
    ignored = (PROJECT_ROOT / "plugins" / ".airflowignore").read_text(encoding="utf-8").split()
    assert ignored == ["lendmart"]


@pytest.mark.parametrize("target", ["run", "test", "up", "lint", "bench", "clean"])
def test_make_explains_its_targets(target: str) -> None:
    shown = subprocess.run(["make", "help"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(rf"^make {target}\s+\S", shown, re.MULTILINE)


def test_lock_names_no_address_and_has_a_hash_for_every_package() -> None:
    lock = (PROJECT_ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    packages = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE | re.IGNORECASE)
    assert [package.split()[0] for package in packages if package.strip() and "--hash=sha256:" not in package] == []
