"""Files in any order, and however often: where senders date them, core is the same at every cutoff."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from lendmart import pipeline
from lendmart.settings import PROJECT_ROOT, Settings
from lendmart.warehouse import prepare
from support.line import STARTED, Line, Tables, copy_project, differences
from support.loan_book import book, later, rows_of, write_snapshot

FIRST, MIDDLE, LAST = date(2020, 12, 31), date(2021, 6, 30), date(2021, 12, 31)
CUTOFFS = [datetime(2021, 1, 10), datetime(2021, 7, 10), datetime(2022, 1, 10), datetime(2022, 3, 1)]  # noqa: DTZ001
# The core tables that a loan book fills.
LOAN_MODELS = ("dim_customer", "dim_facility", "fct_facility_snapshot", "fct_credit_event", "int_late_batch")
DOOR = re.compile(r"""ref\(\s*['"](hist|stg)_|\bsource\(|\b(history|staging|raw)\.[a-z]""")


@dataclass(frozen=True)
class Delivery:
    """A snapshot and when its sender says it was known."""

    name: str
    day: date
    known_at: datetime
    rows: tuple[dict[str, str], ...]

    def drop(self, folder: Path) -> None:
        path = write_snapshot(folder, self.day, list(self.rows), name=self.name)
        note = json.dumps({"known_at": self.known_at.isoformat()})
        path.with_name(f"{path.name}.delivery.json").write_text(note, encoding="utf-8")


def _deliveries() -> list[Delivery]:
    """Three dates; the middle one is corrected twice, once with a loan less, and after the last one was known."""
    opening = book(loans=30, borrowers=10)
    half = later(opening, MIDDLE, seed=1)
    books = {FIRST: opening, MIDDLE: half, LAST: later(half, LAST, seed=2)[3:]}
    made = []
    for day, loans in books.items():
        known = datetime.combine(day, datetime.min.time()) + timedelta(days=2)
        made.append(Delivery(f"ibrd_loans_{day}.csv", day, known, tuple(rows_of(loans, day))))
    middle = made[1].rows
    renamed = tuple({**row, "Borrower": "Ministry of Corrections"} for row in middle[:5]) + middle[5:]
    fewer = middle[1:]
    made.append(Delivery(f"ibrd_loans_{MIDDLE}_a.csv", MIDDLE, datetime(2021, 7, 8), renamed))  # noqa: DTZ001
    made.append(Delivery(f"ibrd_loans_{MIDDLE}_b.csv", MIDDLE, datetime(2022, 2, 1), fewer))  # noqa: DTZ001
    return made


def _core_by_cutoff(home: Path, order: list[int], *, build_between: bool = False) -> dict[datetime, Tables]:
    line = Line(Settings(home=home), LAST)
    deliveries = _deliveries()
    for place, number in enumerate(order):
        deliveries[number].drop(line.delivery)
        line.land(arrived_at=STARTED + timedelta(hours=place))
        if build_between and place == len(order) // 2:
            list(_built(line, CUTOFFS[-1:], LOAN_MODELS))
    return {cutoff: line.core_tables() for cutoff in _built(line, CUTOFFS, LOAN_MODELS)}


def _built(line: Line, cutoffs: list[datetime], models: tuple[str, ...]) -> Iterator[datetime]:
    """Each cutoff, when the models are built for it; what stands before core is built once for all of them."""
    for number, cutoff in enumerate(cutoffs):
        ctx = line.context(cutoff=cutoff)
        prepare(line.settings, ctx)
        below = "" if number else "+"
        pipeline.run_dbt(line.settings, ctx, "build", [f"{below}{model}" for model in models])
        yield cutoff


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> dict[datetime, Tables]:
    return _core_by_cutoff(tmp_path_factory.mktemp("in_order"), [0, 1, 3, 2, 4])


def test_each_cutoff_knows_something_that_the_one_before_did_not(in_order: dict[datetime, Tables]) -> None:
    assert all(differences(in_order[a], in_order[b]) for a, b in pairwise(CUTOFFS))


@pytest.mark.parametrize("seed", range(int(os.environ.get("TEST_EXAMPLES", "1"))))
def test_any_order_of_arrival_gives_equal_core_tables_at_every_cutoff(
    in_order: dict[datetime, Tables], tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)  # noqa: S311
    order = [*draw.sample(range(5), 5), *draw.sample(range(5), 2)]  # two files arrive twice
    found = _core_by_cutoff(tmp_path, order, build_between=True)
    for cutoff in CUTOFFS:
        assert differences(found[cutoff], in_order[cutoff]) == {}, f"{order} at {cutoff}"


def _models_below_history() -> Iterator[Path]:
    for layer in ("core", "marts", "pub"):
        yield from sorted((PROJECT_ROOT / "dbt_project/models" / layer).rglob("*.sql"))


def test_core_and_marts_read_history_through_one_door_only() -> None:
    read = [path for path in _models_below_history() if DOOR.search(path.read_text(encoding="utf-8"))]
    assert [path.name for path in read] == []
    assert sum("as_known(" in path.read_text(encoding="utf-8") for path in _models_below_history()) >= 4


def test_no_model_below_history_asks_which_file_arrived_first() -> None:
    asks = [path.name for path in _models_below_history() if re.search(r"\bversion_no\b", path.read_text("utf-8"))]
    assert asks == []


@pytest.mark.parametrize("text", ["{{ ref('hist_customer') }}", '{{ ref( "stg_x__y") }}', "{{ source('a', 'b') }}"])
def test_the_search_for_other_doors_finds_them(text: str) -> None:
    assert DOOR.search(text)


def _with_operations(project: Path) -> None:
    """The loan feed gains a column: I(nsert), U(pdate) or D(elete)."""
    contract = project / "dbt_project/models/staging/ibrd/_ibrd__sources.yml"
    document = yaml.safe_load(contract.read_text(encoding="utf-8"))
    table = document["sources"][0]["tables"][0]
    table["columns"].append(
        {"name": "operation", "data_type": "varchar", "description": "Op.", "meta": {"source_name": "Op"}}
    )
    contract.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    model = project / "dbt_project/models/staging/ibrd/stg_ibrd__customer.sql"
    text = model.read_text(encoding="utf-8")
    assert "lineage('ibrd')" in text
    model.write_text(text.replace("lineage('ibrd')", "lineage('ibrd', is_deleted=\"operation = 'D'\")"), "utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copied = copy_project(tmp_path_factory.mktemp("operations") / "project")
    _with_operations(copied)
    return copied


INSERT = (FIRST, datetime(2021, 1, 2), "I")  # noqa: DTZ001
DELETE = (MIDDLE, datetime(2021, 7, 2), "D")  # noqa: DTZ001
AGAIN = (LAST, datetime(2022, 1, 2), "I")  # noqa: DTZ001
LATE_DELETE = (MIDDLE, datetime(2022, 2, 1), "D")  # noqa: DTZ001
# A borrower for each story, told by files of its own in the order in which they arrive.
STORIES = {
    "taken out and brought back": (INSERT, DELETE, AGAIN),
    "the same, in the opposite order": (AGAIN, DELETE, INSERT),
    "taken out late": (INSERT, LATE_DELETE),
    "taken out late for an earlier day": (INSERT, AGAIN, LATE_DELETE),
}


@pytest.fixture(scope="module")
def known_customers(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[date]]]:
    """Story → of each cutoff, when the row of the borrower became known; nothing where it is not in dim_customer."""
    line = Line(Settings(home=tmp_path_factory.mktemp("stories"), project_root=project), LAST)
    borrowers = dict(zip(STORIES, book(loans=len(STORIES), borrowers=len(STORIES)), strict=True))
    for place, (story, files) in enumerate(STORIES.items()):
        for number, (day, known_at, operation) in enumerate(files):
            rows = rows_of([borrowers[story]], day)
            delivery = Delivery(f"ibrd_loans_{day}_{place}{number}.csv", day, known_at, tuple(rows))
            delivery.drop(line.delivery)
            path = line.delivery / delivery.name
            header, row = path.read_text(encoding="utf-8").splitlines()
            path.write_text(f"{header},Op\n{row},{operation}\n", encoding="utf-8")
            line.land(arrived_at=STARTED + timedelta(hours=10 * place + number))
    found: dict[str, list[list[date]]] = {story: [] for story in STORIES}
    for _ in _built(line, CUTOFFS[1:], ("dim_customer",)):
        for story, loan in borrowers.items():
            query = f"select known_at::date from core.dim_customer where country_code = '{loan.country}'"
            found[story].append([day for (day,) in line.query(query)])
    return found


@pytest.mark.parametrize("story", list(STORIES)[:2])
def test_a_delete_takes_out_and_a_later_insert_brings_back(
    known_customers: dict[str, list[list[date]]], story: str
) -> None:
    assert known_customers[story] == [[], [date(2022, 1, 2)], [date(2022, 1, 2)]]


def test_a_late_delete_counts_from_when_it_is_known(known_customers: dict[str, list[list[date]]]) -> None:
    assert known_customers["taken out late"] == [[date(2021, 1, 2)], [date(2021, 1, 2)], []]


def test_a_late_delete_of_an_earlier_day_leaves_a_later_report_alone(
    known_customers: dict[str, list[list[date]]],
) -> None:
    assert known_customers["taken out late for an earlier day"][-1] == [date(2022, 1, 2)]
