"""What the dbt project holds, read from its folders: no list of sources is kept anywhere else."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from lendmart.settings import Settings

_STAGING_MODEL = re.compile(r"^stg_(?P<source>[a-z0-9_]+?)__(?P<entity>[a-z_]+?)(?:__(?P<feed>[a-z0-9_]+))?$")


def staging_models(settings: Settings, sources: Collection[str] | None = None) -> dict[str, list[str]]:
    """Entity → its staging models over ``sources``, or all, sorted: the var that ``union_staging`` unions.

    A model is named ``stg_<source>__<entity>``, or ``stg_<source>__<entity>__<feed>`` where several feeds of one
    source yield one entity (contracts of design §4).
    """
    models: dict[str, list[str]] = {}
    for path in sorted(settings.staging_models_dir.glob("*/stg_*.sql")):
        match = _STAGING_MODEL.match(path.stem)
        if (
            match is not None
            and match["source"] == path.parent.name
            and (sources is None or match["source"] in sources)
        ):
            models.setdefault(match["entity"], []).append(path.stem)
    return models


def staging_models_of(settings: Settings, entity: str, sources: tuple[str, ...]) -> list[str]:
    """The staging models of ``entity`` that belong to ``sources``."""
    return staging_models(settings, sources).get(entity, [])


def model_source(model: str) -> str:
    """``stg_ibrd__facility`` → ``ibrd``."""
    match = _STAGING_MODEL.match(model)
    if match is None:
        raise ValueError(f"{model} is not the name of a staging model")
    return match["source"]


def known_sources(settings: Settings) -> tuple[str, ...]:
    """Sources that have a folder with a ``_<source>__sources.yml``, sorted."""
    return tuple(sorted(path.parent.name for path in _source_files(settings)))


def _source_files(settings: Settings) -> list[Path]:
    found = settings.staging_models_dir.glob("*/_*__sources.yml")
    return [path for path in found if path.name == f"_{path.parent.name}__sources.yml"]
