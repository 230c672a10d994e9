"""The page says what the evidence says, for runs that were accepted, blocked, or stopped early."""

from __future__ import annotations

import json
import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from made_run import AT, control, make_context, make_settings, write_batch, write_gate
from sample_runs import UNBALANCED, accepted, blocked, core_controls, earlier_release, inputs, landing_controls

from lendmart.publishing import publish
from lendmart.publishing.ledger import Ledger
from lendmart.quality.report import write_report
from lendmart.quality.report.facts import gather
from lendmart.settings import Settings

VOID = {"meta", "input", "br", "col", "link", "img"}


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


class Page(HTMLParser):
    """The page as a reader of one language sees it; fails on tags that are not closed in order."""

    def __init__(self, html: str, language: str = "en") -> None:
        super().__init__()
        self.language = language
        self.open: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(html)
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("lang") or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        hidden = {"en": "zh-CN", "zh-CN": "en"}[self.language]
        if not any(tag in ("style", "script") or (tag != "html" and lang == hidden) for tag, lang in self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_accepted_run_says_so_first_with_date_cutoff_code_and_digest(home: Settings) -> None:
    ctx = accepted(home)
    page = Page(write_report(home, ctx).read_text(encoding="utf-8"))
    facts = gather(home, ctx, None)
    head = page.text[: page.text.index("What was not checked")]
    for said in (
        f"Release {facts.release_id}", "ACCEPTED WITH 2 WARNINGS", "2022-05-31", "2022-06-07 16:00:00", ctx.code_sha,
        ctx.config_version, ctx.run_id, str(facts.content_sha256),
    ):  # fmt: skip
        assert said in head
    assert "BLOCKED" not in page.text


def test_blocked_run_names_the_controls_and_the_gate_and_what_did_not_run(home: Settings) -> None:
    earlier = earlier_release(home)
    ctx = blocked(home)
    html = write_report(home, ctx).read_text(encoding="utf-8")
    text = Page(html).text
    assert "BLOCKED by DQ-28, DQ-40 at gate core — nothing was published" in text
    assert "被 DQ-28、DQ-40 阻断于核心层关卡，未发布任何内容" in Page(html, "zh-CN").text
    assert "No release was made" in text
    assert "Gate marts did not run" in text
    assert "Gate release did not run" in text
    assert "Binder Error: column maturity not found" in text
    assert "lendmart release verify" not in text
    assert f"Compared with {earlier}" in text
    assert text.index("Binder Error") < text.index("2 statements differ") < text.index("563 rows differ")


@pytest.mark.parametrize("gates", [0, 1, 2, 3])
def test_a_run_that_stopped_between_gates_is_incomplete(home: Settings, gates: int) -> None:
    ctx = make_context()
    inputs(home)
    for gate in ("landing", "core", "marts")[:gates]:
        write_gate(home, ctx, gate, [control("DQ-01")])
    text = Page(write_report(home, ctx).read_text(encoding="utf-8")).text
    missing = ("landing", "core", "marts", "release")[gates]
    assert f"INCOMPLETE — gate {missing} has no result, nothing was published" in text


def test_unbalanced_statements_are_named_by_accession_number(home: Settings) -> None:
    text = Page(write_report(home, accepted(home)).read_text(encoding="utf-8")).text
    names = " , ".join(row["source_reference"] for row in UNBALANCED)
    assert f"Named {names}" in text


def test_samples_are_capped_and_say_how_many_there_are(home: Settings) -> None:
    html = write_report(home, accepted(home)).read_text(encoding="utf-8")
    assert "20 of 563 shown, personal data masked" in Page(html).text
    assert html.count("ibrd:IBRD000") == 20 + 1
    assert "ibrd:IBRD00020" not in html


def test_masked_samples_are_counted_as_not_shown(home: Settings) -> None:
    ctx = make_context()
    write_gate(home, ctx, "landing", [control("DQ-18", "warn", samples=[], samples_total=37)])
    assert "0 of 37 shown" in Page(write_report(home, ctx).read_text(encoding="utf-8")).text


def test_override_shows_rationale_and_approver(home: Settings) -> None:
    text = Page(write_report(home, accepted(home)).read_text(encoding="utf-8")).text
    assert "The lender was founded in 1944 and its first loans are from 1947. approved by Head of Credit Data" in text
    assert "severity warn ( by rule block )" in text


def test_text_from_files_cannot_become_markup(home: Settings) -> None:
    html = write_report(home, accepted(home)).read_text(encoding="utf-8")
    assert "SAMPLE &lt;BANK&gt; &amp; CO" in html
    assert "<BANK>" not in html


def test_page_loads_nothing_from_elsewhere(home: Settings) -> None:
    html = write_report(home, accepted(home)).read_text(encoding="utf-8")
    attributes = Page(html).attributes
    assert not [item for item in attributes if item[1] in ("src", "srcset", "action", "data") or item[0] == "link"]
    assert all(value.startswith("#") for _, name, value in attributes if name == "href")
    assert not re.search(r"https?://|@import|url\(", html)


def test_links_within_the_page_have_targets_and_ids_are_unique(home: Settings) -> None:
    attributes = Page(write_report(home, accepted(home)).read_text(encoding="utf-8")).attributes
    ids = [value for _, name, value in attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for _, name, value in attributes if name == "href"} <= set(ids)


def test_both_languages_say_the_same_number_of_things(home: Settings) -> None:
    html = write_report(home, accepted(home)).read_text(encoding="utf-8")
    assert html.count('<span lang="en">') == html.count('<span lang="zh-CN">')
    chinese = Page(html, "zh-CN").text
    assert "通过，含 2 项警告" in chinese
    assert "资产等于负债加所有者权益" in chinese
    assert "Assets equal liabilities" not in chinese


def test_equal_evidence_gives_equal_bytes(home: Settings, tmp_path: Path) -> None:
    first = write_report(home, accepted(home)).read_bytes()
    other = make_settings(tmp_path / "other")
    assert write_report(other, accepted(other)).read_bytes() == first
    assert write_report(home, make_context("20220608T013000Z-accepted")).read_bytes() == first


def test_time_of_writing_is_printed_only_when_given(home: Settings) -> None:
    ctx = accepted(home)
    assert "Report written" not in write_report(home, ctx).read_text(encoding="utf-8")
    assert "2022-06-08T01:30:00Z" in write_report(home, ctx, created_at=AT).read_text(encoding="utf-8")


def test_segment_counts_agree_with_the_published_summary(home: Settings) -> None:
    ctx = accepted(home)
    facts = gather(home, ctx, None)
    summary = ctx.staged_release_dir(home) / "tables" / "pub_segment_summary_v1.parquet"
    rows = duckdb.execute("select segment_code, sum(customer_count) from read_parquet(?) group by all", [str(summary)])
    assert {segment.code: segment.customers for segment in facts.segments} == dict(rows.fetchall())
    assert facts.customers == next(o["rows"] for o in facts.outputs if o["table"] == "pub_segment_customer_v1") == 141
    assert all(check.agrees for check in facts.checks)
    assert len(facts.checks) == 3


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("sec customers with a statement: 430; labels without an item: 20", "C1 Interest cover 301 3 126 70.00 %"),
        ),
        ("zh-CN", ("sec 有报表客户 430 户；未映射标签 20 个", "C1 已获利息倍数 301 3 126 70.00 %")),
    ],
)
def test_coverage_of_ratios_tells_numbers_statuses_and_missing_inputs(
    home: Settings, language: str, words: tuple[str, str]
) -> None:
    text = Page(write_report(home, accepted(home)).read_text(encoding="utf-8"), language).text
    assert words[0] in text
    assert words[1] in text


def test_labels_without_an_item_stand_by_frequency_and_say_how_many_there_are(home: Settings) -> None:
    text = Page(write_report(home, accepted(home)).read_text(encoding="utf-8")).text
    first, second = "InterestExpense a cost reported negative 430 72", "Note0 no item has the label 400 900"
    assert -1 < text.find(first) < text.find(second)
    assert "Note13" in text
    assert "Note14" not in text
    assert "15 of 20 labels, 17,001 lines in all" in text


def test_a_run_without_statements_has_no_section_of_coverage(home: Settings) -> None:
    ctx = accepted(home)
    con = duckdb.connect(str(home.warehouse_path))
    con.execute("drop table marts.mart_financial_coverage")
    con.close()
    assert 'id="coverage"' not in write_report(home, ctx).read_text(encoding="utf-8")


def test_a_mart_that_lost_customers_on_the_way_is_shown(home: Settings) -> None:
    ctx = accepted(home)
    con = duckdb.connect(str(home.warehouse_path))
    con.execute("insert into marts.mart_customer_rfm select date '2022-05-31'")
    con.close()
    html = write_report(home, ctx).read_text(encoding="utf-8")
    assert "Customers in scope mart_customer_rfm 142 pub_segment_customer_v1 141 ✕ differs" in Page(html).text


def test_declared_totals_that_differ_are_named_and_equal_decimals_are_not(home: Settings) -> None:
    ctx = make_context()
    totals = {
        "declared": {"rows": 10, "sums": {"due": "5.00", "repaid": "2.10"}},
        "actual": {"rows": 9, "sums": {"due": "5", "repaid": "2.11"}},
    }
    write_batch(home, control_totals=totals)
    feed = gather(home, ctx, None).feeds[0]
    assert feed.disagreements == [
        "ibrd_loans_2022-04-30.csv: rows declared 10, found 9",
        "ibrd_loans_2022-04-30.csv: Σ repaid declared 2.10, found 2.11",
    ]
    assert not feed.agrees


def test_files_without_declared_totals_are_said_not_to_be_proven(home: Settings) -> None:
    text = Page(write_report(home, accepted(home)).read_text(encoding="utf-8")).text
    assert "2 of 3 files came without the sender's control totals" in text


def test_rows_set_aside_are_counted_once_however_many_controls_they_fail(home: Settings) -> None:
    facts = gather(home, accepted(home), None)
    assert facts.rows_set_aside == 4
    assert facts.warehouse is not None
    assert facts.warehouse["history"] == [
        {"entity": "facility", "source": "ibrd", "known": 180, "quarantined": 4, "batches": 2}
    ]


def test_report_written_again_when_the_warehouse_has_moved_on_is_the_same(home: Settings) -> None:
    ctx = accepted(home)
    first = write_report(home, ctx).read_bytes()
    con = duckdb.connect(str(home.warehouse_path))
    con.execute("delete from core.dim_customer; delete from marts.mart_customer_rfm; delete from audit.quarantine")
    con.close()
    assert write_report(home, ctx).read_bytes() == first
    home.warehouse_path.unlink()
    assert write_report(home, ctx).read_bytes() == first


def test_counts_of_a_warehouse_that_another_run_rebuilt_are_not_shown(home: Settings) -> None:
    ctx = accepted(home)
    con = duckdb.connect(str(home.warehouse_path))
    con.execute("update audit.quarantine set run_id = 'another'")
    con.close()
    facts = gather(home, ctx, None)
    assert facts.warehouse is None
    assert facts.rows_set_aside == 4
    assert "The warehouse could not be read" in Page(write_report(home, ctx).read_text(encoding="utf-8")).text


def test_report_of_a_published_run_can_be_written_again(home: Settings) -> None:
    earlier_release(home)
    ctx = accepted(home)
    first = write_report(home, ctx).read_bytes()
    publish(home, ctx, at=AT, actor="tester")
    assert write_report(home, ctx).read_bytes() == first


def test_changes_name_rules_inputs_controls_and_tables(home: Settings) -> None:
    earlier_release(home)
    facts = gather(home, accepted(home), None)
    changed = {(change.kind, change.name) for change in facts.changes}
    assert ("run", "config_version") in changed
    assert ("input", "sec.num 20090930-efefefefefef") in changed
    assert ("control", "core: DQ-28 (core.fct_statement)") in changed
    assert ("table", "pub_segment_customer_v1") in changed
    assert ("run", "base_currency") not in changed
    assert [(segment.code, segment.customers, segment.before) for segment in facts.segments] == [
        ("at_risk", 47, 43), ("champions", 47, 44), ("loyal", 47, 43),
    ]  # fmt: skip


def test_a_broken_ledger_is_said_and_does_not_stop_the_report(home: Settings) -> None:
    earlier_release(home)
    Ledger(home).path.write_bytes(b"{}\n")
    text = Page(write_report(home, blocked(home)).read_text(encoding="utf-8")).text
    assert "The release before cannot be read" in text
    assert "BLOCKED by DQ-28" in text


def test_a_source_without_batches_and_a_dirty_tree_are_said(home: Settings) -> None:
    ctx = make_context(code_sha="abc-dirty", sources=("demo", "ibrd"))
    write_batch(home)
    write_gate(home, ctx, "landing", landing_controls())
    write_gate(home, ctx, "core", core_controls())
    text = Page(write_report(home, ctx).read_text(encoding="utf-8")).text
    assert "No batch of demo was known by the cutoff" in text
    assert "abc-dirty: it cannot be checked out again exactly" in text
    assert "git checkout abc " in text


def test_a_batch_known_after_the_cutoff_is_not_an_input(home: Settings) -> None:
    write_batch(home, known_at="2022-06-09T00:00:00")
    assert gather(home, make_context(knowledge_cutoff=datetime.fromisoformat("2022-06-08")), None).inputs == []


def test_licensed_standard_values_are_named_with_their_terms(home: Settings) -> None:
    ctx = accepted(home)
    path = ctx.evidence_dir(home) / "outputs.json"
    standards = {
        "version": "2021-12-31-0a1b2c3d", "kind": "licensed", "effective_from": "2022-01-01",
        "publisher": "Office of <Tables>", "licence": "internal use", "standard_year": 2021,
    }  # fmt: skip
    record = json.loads(path.read_bytes()) | {"health_standard": {"current": standards}}
    path.write_text(json.dumps(record), encoding="utf-8")
    html = write_report(home, ctx).read_text(encoding="utf-8")
    told = (
        "2021-12-31-0a1b2c3d approved by two, in force from 2022-01-01 licensed: Office of <Tables>, 2021, internal use"
    )
    assert told in Page(html).text
