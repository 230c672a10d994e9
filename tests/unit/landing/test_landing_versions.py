"""Idempotence, versions and when a batch is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from landing_bank import ARRIVED, LOAN_HEADER, Bank

from lendmart.landing import read_manifests


def _file(*amounts: str) -> str:
    return LOAN_HEADER + "\n" + "".join(f"L{n},,{amount},1,\n" for n, amount in enumerate(amounts))


def _known(bank: Bank) -> list[tuple[str, int, datetime]]:
    return [(batch.file_name, batch.version_no, batch.known_at) for batch in bank.manifests()]


def test_the_same_file_again_is_a_no_op_even_under_a_new_name_or_date(bank: Bank) -> None:
    bank.deliver(_file("1"))
    bank.land()
    before = bank.lake_files()
    bank.deliver(_file("1"), "loans_20240331.csv")
    report = bank.land(ARRIVED + timedelta(days=9))
    assert (report.batches, report.skipped, report.latest_business_date) == ([], 2, None)
    assert bank.lake_files() == before


def test_a_changed_file_for_the_same_date_is_a_new_version_known_on_arrival(bank: Bank) -> None:
    bank.deliver(_file("1"), "loans_20240229_a.csv")
    bank.land(ARRIVED)
    first = bank.lake_files()
    bank.deliver(_file("2"), "loans_20240229_b.csv")
    bank.land(ARRIVED + timedelta(hours=1))
    assert _known(bank) == [
        ("loans_20240229_a.csv", 1, datetime.fromisoformat("2024-03-01")),
        ("loans_20240229_b.csv", 2, ARRIVED + timedelta(hours=1)),
    ]
    assert first.items() <= bank.lake_files().items()


def test_going_back_to_an_earlier_content_is_not_a_new_version(bank: Bank) -> None:
    for amount in ("1", "2", "1"):
        bank.deliver(_file(amount))
        bank.land()
    assert [batch.version_no for batch in bank.manifests()] == [1, 2]


def test_a_late_file_for_an_earlier_date_is_a_first_version_with_the_declared_lag(bank: Bank) -> None:
    bank.deliver(_file("1"), "loans_20240331.csv")
    bank.land()
    bank.deliver(_file("2"), "loans_20240229.csv")
    bank.land(ARRIVED + timedelta(days=90))
    assert _known(bank) == [
        ("loans_20240229.csv", 1, datetime.fromisoformat("2024-03-01")),
        ("loans_20240331.csv", 1, datetime.fromisoformat("2024-04-01")),
    ]


def test_landing_order_of_different_dates_does_not_matter(bank: Bank) -> None:
    other = Bank(bank.root / "other")
    other.declare()
    for made, names in ((bank, ("20240131", "20240229")), (other, ("20240229", "20240131"))):
        for name in names:
            made.deliver(_file(name), f"loans_{name}.csv")
            made.land()
    assert bank.lake_files() == other.lake_files()


def test_a_correction_is_never_known_before_what_it_corrects(bank: Bank) -> None:
    bank.declare(lag_days=30)
    bank.deliver(_file("1"))
    bank.land()
    bank.deliver(_file("2"))
    bank.land(ARRIVED)
    assert [known for _, _, known in _known(bank)] == [datetime.fromisoformat("2024-03-30")] * 2


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8))])
def test_a_time_of_arrival_with_a_zone_is_stored_as_utc(bank: Bank, zone: timezone) -> None:
    for amount in ("1", "2"):
        bank.deliver(_file(amount))
        bank.land(ARRIVED.replace(tzinfo=UTC).astimezone(zone))
    assert bank.manifests()[1].known_at == ARRIVED


def test_a_sidecar_says_when_each_version_was_known(bank: Bank) -> None:
    bank.declare(control_totals={"sidecar": "{file}.ctl.json"})
    for amount, moment in (("1", "2024-03-02T10:00:00+08:00"), ("2", "2024-03-03T00:00:00")):
        bank.deliver(f'{{"rows": 1, "known_at": "{moment}"}}', "loans_20240229.csv.ctl.json")
        bank.deliver(_file(amount))
        bank.land()
    assert [known for _, _, known in _known(bank)] == [
        datetime.fromisoformat("2024-03-02T02:00:00"),
        datetime.fromisoformat("2024-03-03T00:00:00"),
    ]


def test_manifests_by_cutoff(bank: Bank) -> None:
    for name in ("20240131", "20240229"):
        bank.deliver(_file(name), f"loans_{name}.csv")
    bank.land()
    cutoff = datetime.fromisoformat("2024-02-01")
    assert [str(batch.business_date) for batch in read_manifests(bank.settings, ["bank"], cutoff)] == ["2024-01-31"]
    assert read_manifests(bank.settings, ["bank"], cutoff - timedelta(seconds=1)) == []
    assert read_manifests(bank.settings, ["nobody"]) == []


def test_files_of_every_delivery_folder_land(bank: Bank) -> None:
    real = bank.root / "real" / "bank"
    real.mkdir(parents=True)
    bank.options["real_data"] = real.parent
    (real / "loans_20240131.csv").write_text(_file("1"))
    bank.deliver(_file("2"))
    assert [batch.file_name for batch in bank.land().batches] == ["loans_20240229.csv", "loans_20240131.csv"]


def test_hidden_files_and_files_of_no_feed_are_left_alone(bank: Bank) -> None:
    bank.declare(glob="*.csv")
    bank.deliver(_file("1"), ".loans_20240229.csv")
    bank.deliver("anything", "readme.txt")
    assert bank.land().batches == []
