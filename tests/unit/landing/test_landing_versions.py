"""Idempotence, versions and when a batch is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from landing_bank import ARRIVED, LOAN_HEADER, Bank

from lendmart.landing import LandingError, read_manifests


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
    bank.land(ARRIVED + timedelta(days=60))
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


@pytest.mark.parametrize("order", [("1", "2"), ("2", "1")])
def test_what_the_sender_declares_stands_whatever_arrived_first(bank: Bank, order: tuple[str, str]) -> None:
    known = {"1": "2024-03-02T02:00:00", "2": "2024-03-03T00:00:00"}
    for amount in order:
        bank.deliver(f'{{"known_at": "{known[amount]}Z"}}', f"loans_20240229_{amount}.csv.delivery.json")
        bank.deliver(_file(amount), f"loans_20240229_{amount}.csv")
        bank.land()
    assert [(name, moment) for name, _, moment in _known(bank)] == [
        (f"loans_20240229_{amount}.csv", datetime.fromisoformat(known[amount])) for amount in ("1", "2")
    ]


def test_a_malformed_delivery_note_names_file_key_and_expectation(bank: Bank) -> None:
    bank.deliver('{"known": "2024-03-02"}', "loans_20240229.csv.delivery.json")
    bank.deliver(_file("1"))
    with pytest.raises(LandingError, match=r"loans_20240229\.csv\.delivery\.json: known_at: .*expected .*known_at"):
        bank.land()
    assert bank.manifests() == []


def test_two_sidecars_that_name_different_times_are_refused(bank: Bank) -> None:
    bank.declare(control_totals={"sidecar": "{file}.ctl.json"})
    bank.deliver('{"rows": 1, "known_at": "2024-03-02T00:00:00"}', "loans_20240229.csv.ctl.json")
    bank.deliver('{"known_at": "2024-03-03T00:00:00"}', "loans_20240229.csv.delivery.json")
    bank.deliver(_file("1"))
    with pytest.raises(LandingError, match="the control totals say 2024-03-02"):
        bank.land()


def test_a_delivery_note_is_no_delivery(bank: Bank) -> None:
    bank.declare(glob="*")
    bank.deliver('{"known_at": "2024-03-02T00:00:00"}', "loans_20240229.csv.delivery.json")
    bank.deliver(_file("1"))
    assert [batch.file_name for batch in bank.land().batches] == ["loans_20240229.csv"]


def test_a_business_date_after_the_day_of_arrival_is_refused(bank: Bank) -> None:
    bank.deliver(_file("1"), "loans_20240306.csv")
    with pytest.raises(LandingError, match="found 2024-03-06, expected a date no later than its arrival, 2024-03-05"):
        bank.land(datetime(2024, 3, 5, 15, 59))  # noqa: DTZ001 - one minute before midnight in Shanghai
    assert len(bank.land(datetime(2024, 3, 5, 16, 0)).batches) == 1  # noqa: DTZ001


def test_two_feeds_that_read_one_file_have_batches_of_their_own(bank: Bank) -> None:
    bank.declare(feed="copies", glob="loans_*.csv")
    bank.deliver(_file("1"))
    assert len({batch.batch_id for batch in bank.land().batches}) == 2


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
