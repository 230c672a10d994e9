"""Staging and publishing: what is written, what is refused, and where ``current`` points."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from made_run import (
    AT,
    GATES,
    control,
    make_context,
    make_settings,
    make_warehouse,
    pass_all_gates,
    ready_to_publish,
    write_batch,
    write_gate,
)

from lendmart.errors import ControlBlockedError, LendmartError
from lendmart.publishing import list_releases, publish, show_release, stage_release, verify_release
from lendmart.publishing.durable import sha256_of_file, sha256_of_json
from lendmart.settings import Settings

MANIFEST_KEYS = {
    "release_id", "as_of_date", "knowledge_cutoff", "created_at", "lendmart_version", "code_sha", "config_version",
    "dbt_manifest_sha256", "inputs", "validations", "outputs", "report", "previous",
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


def published(settings: Settings, run_id: str = "run-1", customers: int = 40, **context: object) -> str:
    ctx = make_context(run_id, **context)
    ready_to_publish(settings, ctx, customers)
    return publish(settings, ctx, at=AT, actor="tester").release_id


def current(settings: Settings) -> str:
    return (settings.releases_dir / "current").resolve().name


def test_staged_folder_holds_the_rows_of_the_date_only(home: Settings) -> None:
    ctx = make_context()
    make_warehouse(home, ctx)
    staged = stage_release(home, ctx)
    names = sorted(path.relative_to(staged).as_posix() for path in staged.rglob("*") if path.is_file())
    assert names == [
        "data_dictionary.json", "marts.duckdb", "outputs.json", "tables/pub_segment_customer_v1.parquet",
        "tables/pub_segment_summary_v1.parquet",
    ]  # fmt: skip
    table = f"'{staged}/tables/pub_segment_customer_v1.parquet'"
    assert duckdb.sql(f"select count(*), min(as_of_date) = max(as_of_date) from {table}").fetchall() == [(40, True)]
    keys = [row[0] for row in duckdb.sql(f"select customer_pseudonym from {table}").fetchall()]
    assert keys == sorted(keys)
    record = json.loads((staged / "outputs.json").read_text())
    assert [(output["table"], output["rows"]) for output in record["outputs"]] == [
        ("pub_segment_customer_v1", 40),
        ("pub_segment_summary_v1", 3),
    ]


def test_parquet_is_byte_identical_over_threads_and_insertion_order(tmp_path: Path) -> None:
    hashes = set()
    for name, threads, shuffle in (("one", 1, False), ("four", 4, False), ("shuffled", 4, True)):
        settings = Settings(home=tmp_path / name, threads=threads)
        ctx = make_context()
        make_warehouse(settings, ctx, 150_000, shuffle=shuffle)
        staged = stage_release(settings, ctx)
        record = json.loads((staged / "outputs.json").read_text())
        hashes.add(tuple((output["sha256"], output["content_sha256"]) for output in record["outputs"]))
    assert len(hashes) == 1


def test_marts_database_has_the_tables_and_their_descriptions(home: Settings) -> None:
    release = home.releases_dir / published(home)
    con = duckdb.connect(str(release / "marts.duckdb"), read_only=True)
    assert con.sql("select count(*) from pub_segment_customer_v1").fetchall() == [(40,)]
    comments = con.sql("select comment from duckdb_tables() order by table_name").fetchall()
    assert comments[0] == ("What pub_segment_customer_v1 holds. / pub_segment_customer_v1 的内容",)
    column = con.sql("select comment from duckdb_columns() where column_name = 'r_score'").fetchall()
    assert column == [("The r score.",)]
    con.close()


def test_dictionary_says_type_description_and_privacy_class(home: Settings) -> None:
    release = home.releases_dir / published(home)
    dictionary = json.loads((release / "data_dictionary.json").read_text(encoding="utf-8"))
    table = dictionary["tables"][0]
    assert (table["table"], table["owner"], table["key"]) == (
        "pub_segment_customer_v1", "customer-analytics", ["as_of_date", "customer_pseudonym"],
    )  # fmt: skip
    assert table["caveats"] == [
        {
            "code": "not_a_credit_decision",
            "text_en": "Descriptive segment; not a credit decision.",
            "text_zh": "描述性分群，不作为授信决定。",
        }
    ]
    assert table["metrics"] == [
        {"name": "exposure", "en": "Exposure", "zh": "敞口", "expression": "sum(exposure_amt)", "unit": "currency"}
    ]
    assert table["columns"][1] == {
        "column": "customer_pseudonym",
        "type": "varchar",
        "description_en": "The customer pseudonym.",
        "description_zh": None,
        "privacy": "C1",
    }


def test_dictionary_names_who_uses_the_tables(home: Settings) -> None:
    release = home.releases_dir / published(home)
    dictionary = json.loads((release / "data_dictionary.json").read_text(encoding="utf-8"))
    assert dictionary["exposures"] == [
        {
            "exposure": "board",
            "label": "Board 看板",
            "type": "dashboard",
            "description": "Segments of the month.",
            "owner": "bi",
            "depends_on": ["pub_segment_summary_v1"],
        }
    ]


def test_published_release_is_complete_and_verifies(home: Settings) -> None:
    release_id = published(home)
    release = home.releases_dir / release_id
    manifest = json.loads((release / "manifest.json").read_text())
    assert set(manifest) >= MANIFEST_KEYS
    assert release_id == f"2022-05-31-{manifest['content_sha256'][:12]}"
    assert manifest["created_at"] == "2022-06-08T01:30:00Z"
    assert manifest["knowledge_cutoff"] == "2022-06-07T16:00:00Z"
    assert manifest["previous"] is None
    assert [item["gate"] for item in manifest["validations"]] == list(GATES)
    assert manifest["validations"][0]["controls"] == 2
    assert manifest["validations"][0]["warned"] == 1
    assert manifest["report"]["sha256"] == sha256_of_file(release / "report.html")
    assert current(home) == release_id
    assert not (home.releases_dir / ".staging" / "run-1").exists()
    assert verify_release(home) == []
    assert verify_release(home, release_id) == []


def test_content_hash_is_the_documented_one(home: Settings) -> None:
    manifest = show_release(home, published(home))
    identity = {
        "as_of_date": "2022-05-31",
        "knowledge_cutoff": "2022-06-07T16:00:00Z",
        "sources": ["ibrd", "sec"],
        "config_version": "c0ffee123456",
        "tables": {output["table"]: output["content_sha256"] for output in manifest["outputs"]},
    }
    assert manifest["content_sha256"] == sha256_of_json(identity)


def test_inputs_are_the_batches_known_by_the_cutoff_and_not_about_a_later_date(home: Settings) -> None:
    write_batch(home, "ibrd", "loans", "2022-06-30", sha256="c" * 64)
    write_batch(home, "ibrd", "loans", "2022-05-31", sha256="d" * 64, known_at="2022-06-09T00:00:00")
    write_batch(home, "demo", "loans", "2022-05-31", sha256="e" * 64)
    manifest = show_release(home, published(home))
    assert [(item["source"], item["sha256"][0]) for item in manifest["inputs"]] == [("ibrd", "a"), ("sec", "b")]
    assert manifest["inputs"][0]["rows_read"] == 8986


def test_equal_content_is_published_once(home: Settings) -> None:
    first = published(home, "run-1")
    ctx = make_context("run-2")
    ready_to_publish(home, ctx)
    outcome = publish(home, ctx, at=AT, actor="tester")
    assert (outcome.release_id, outcome.published) == (first, False)
    assert "run-1" in outcome.reason
    assert not ctx.staged_release_dir(home).exists()
    assert len(list_releases(home)) == 1


def test_publishing_again_in_the_same_run_still_says_published(home: Settings) -> None:
    """A task that died after its work and is retried must not look like a run that had nothing to say."""
    published(home, "run-1")
    outcome = publish(home, make_context("run-1"), at=AT, actor="tester")
    assert (outcome.published, outcome.reason) == (True, "published by this run")
    assert len(list_releases(home)) == 1


def test_next_release_names_the_one_before(home: Settings) -> None:
    first = published(home, "run-1")
    second = published(home, "run-2", customers=41, as_of="2022-06-30")
    manifest = show_release(home, second)
    assert manifest["previous"] == {
        "release_id": first,
        "manifest_sha256": sha256_of_file(home.releases_dir / first / "manifest.json"),
    }
    assert current(home) == second
    assert [(item.release_id, item.is_current) for item in list_releases(home)] == [(first, False), (second, True)]


@pytest.mark.parametrize(
    ("older", "words"),
    [
        ({"as_of": "2022-04-30"}, "older than"),
        ({"as_of": "2022-06-30", "sources": ("ibrd",)}, "lacks sec"),
    ],
)
def test_older_or_narrower_release_leaves_current_unless_asked(
    home: Settings, older: dict[str, object], words: str
) -> None:
    first = published(home, "run-1")
    ctx = make_context("run-2", **older)
    ready_to_publish(home, ctx, 41)
    outcome = publish(home, ctx, at=AT, actor="tester")
    assert (outcome.published, outcome.moved_current) == (True, False)
    assert words in outcome.reason
    assert current(home) == first
    asked = make_context("run-3", **older)
    ready_to_publish(home, asked, 42)
    outcome = publish(home, asked, at=AT, actor="tester", move_current=True)
    assert outcome.moved_current
    assert current(home) == outcome.release_id
    assert verify_release(home) == []


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("status", ["fail", "error", "unheard_of"])
def test_a_failed_control_at_any_gate_refuses(home: Settings, gate: str, status: str) -> None:
    ctx = make_context()
    ready_to_publish(home, ctx)
    write_gate(home, ctx, gate, [control("DQ-28", status, instance="DQ-28@sec"), control("DQ-01")])
    with pytest.raises(ControlBlockedError, match=f"gate '{gate}' blocked by DQ-28@sec"):
        publish(home, ctx, at=AT, actor="tester")
    assert not (home.releases_dir / "current").exists()
    assert not (home.evidence_dir / "ledger.jsonl").exists()


@pytest.mark.parametrize("gate", GATES)
def test_a_missing_gate_refuses(home: Settings, gate: str) -> None:
    ctx = make_context()
    ready_to_publish(home, ctx)
    ctx.validation_file(home, gate).unlink()
    with pytest.raises(LendmartError, match=f"gate '{gate}' has no result"):
        publish(home, ctx, at=AT, actor="tester")
    assert not (home.releases_dir / "current").exists()


def test_results_of_another_run_refuse(home: Settings) -> None:
    ctx = make_context()
    ready_to_publish(home, ctx)
    ctx.validation_file(home, "core").write_text(
        write_gate(home, make_context("run-0"), "core", [control("DQ-28")]).read_text()
    )
    with pytest.raises(LendmartError, match="run-0"):
        publish(home, ctx, at=AT, actor="tester")


def test_a_gate_of_which_no_control_ran_refuses(home: Settings) -> None:
    ctx = make_context()
    ready_to_publish(home, ctx)
    write_gate(home, ctx, "marts", [control("DQ-70", "not_run")])
    with pytest.raises(LendmartError, match="no control of gate 'marts' ran"):
        publish(home, ctx, at=AT, actor="tester")


def test_a_staged_file_that_changed_refuses(home: Settings) -> None:
    ctx = make_context()
    ready_to_publish(home, ctx)
    with (ctx.staged_release_dir(home) / "tables" / "pub_segment_summary_v1.parquet").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(LendmartError, match=r"pub_segment_summary_v1\.parquet has changed since it was staged"):
        publish(home, ctx, at=AT, actor="tester")


def test_without_report_nothing_is_published(home: Settings) -> None:
    ctx = make_context()
    ready_to_publish(home, ctx)
    (ctx.evidence_dir(home) / "report.html").unlink()
    with pytest.raises(LendmartError, match=r"report\.html is missing"):
        publish(home, ctx, at=AT, actor="tester")


def test_nothing_staged_is_said(home: Settings) -> None:
    ctx = make_context()
    pass_all_gates(home, ctx)
    with pytest.raises(LendmartError, match="staged nothing"):
        publish(home, ctx, at=AT, actor="tester")


def test_a_model_without_grain_is_named(home: Settings) -> None:
    ctx = make_context()
    make_warehouse(home, ctx)
    path = home.warehouse_path.parent / "target" / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["nodes"]["model.lendmart.pub_segment_summary_v1"]["config"]["meta"]["grain"]
    path.write_text(json.dumps(manifest))
    with pytest.raises(LendmartError, match=r"model pub_segment_summary_v1: meta\.grain is None"):
        stage_release(home, ctx)


def test_an_empty_pub_schema_has_nothing_to_publish(home: Settings) -> None:
    ctx = make_context()
    make_warehouse(home, ctx)
    con = duckdb.connect(str(home.warehouse_path))
    con.execute("drop schema pub cascade")
    con.close()
    with pytest.raises(LendmartError, match="nothing to publish"):
        stage_release(home, ctx)


def test_a_release_folder_unknown_to_the_ledger_is_not_overwritten(home: Settings) -> None:
    release_id = published(home)
    (home.evidence_dir / "ledger.jsonl").unlink()
    ctx = make_context("run-2")
    ready_to_publish(home, ctx)
    with pytest.raises(LendmartError, match="the ledger does not know it"):
        publish(home, ctx, at=AT, actor="tester")
    assert (home.releases_dir / release_id / "manifest.json").exists()
