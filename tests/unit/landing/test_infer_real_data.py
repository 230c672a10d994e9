"""What is proposed for files that nobody on this project wrote lands at once, and refuses few rows or none."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from lendmart.landing import land, read_manifests
from lendmart.landing.contract import load_contracts
from lendmart.landing.infer import propose, write_files
from lendmart.settings import Settings

ARRIVED = datetime.fromisoformat("2100-01-01T00:00:00")  # after the files were written, whenever they were copied

# folder → feeds and rows that must come out, and the rows that may be refused
FOLDERS = {
    "berka": (8, 0, 1),  # the file of transactions was cut within its last line
    "cdnow": (1, 6_919, 0),
    "cn_statements": (3, 0, 0),
    "ibrd": (1, 17_859, 0),
    "lendingclub": (1, 10_000, 0),
    "nyse": (2, 0, 0),
    "sba": (1, 2_101, 0),
    "sec": (4, 0, 0),
    "wb_projects": (1, 0, 0),
}


@pytest.mark.real_data
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_proposal_for_a_real_source_lands(folder: str, real_data: Path, tmp_path: Path) -> None:
    feeds, rows, may_be_refused = FOLDERS[folder]
    settings = Settings(project_root=tmp_path / "project", home=tmp_path / "home", real_data=real_data)
    files = sorted(path for path in (real_data / folder).iterdir() if path.suffix != ".md")
    proposed = propose(folder, files)
    write_files(settings.staging_models_dir / folder, folder, "credit_records", proposed)
    assert len(load_contracts(settings)[folder].feeds) == feeds
    report = land(settings, [folder], None, ARRIVED)
    assert report.skipped == 0
    batches = read_manifests(settings, [folder])
    assert sorted({batch.file_name for batch in batches}) == [path.name for path in files]
    assert sum(batch.rows_quarantined for batch in batches) <= may_be_refused
    assert rows in (0, sum(batch.rows_read for batch in batches))
    shutil.rmtree(tmp_path / "home")
