"""Recency, frequency and money of the CDNOW sample, the data of the RFM literature, against a plain reading of it.

The file is landed, staged and built as any source: a purchase is a drawdown on the one facility of its customer. The
other side knows nothing of that: it computes what ``summary_data_from_transaction_data`` of the library lifetimes is
defined to return, with the purchases of one day as one:

- ``frequency``: days with a purchase after the first one; ``recency``: days from the first to the last; ``T``: days
  from the first to the end of observation;
- ``monetary_value``: mean spent on a day, the first left out, 0 where it is the only one; with
  ``include_first_transaction`` the mean over all days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from lendmart.settings import Settings
from lendmart.warehouse import run_dbt
from support.line import Line, copy_project

pytestmark = [pytest.mark.real_data, pytest.mark.xdist_group("cdnow_real_data")]

CONTRACT = """
version: 2
sources:
  - name: cdnow
    schema: raw
    description: Purchases of a music shop, as the researchers published them.
    meta: {title: {en: "CDNOW", zh: "CDNOW"}, owner: data-engineering, reporting_currency: USD}
    tables:
      - name: purchases
        identifier: cdnow__purchases
        description: One row a purchase.
        meta:
          landing:
            domain: credit_records
            glob: "*.txt"
            format: fixed_width
            header: false
            date_formats: ["%Y%m%d"]
            business_date: {constant: "1997-12-31"}
            lag_days: 1
            contract_version: 1
            control_totals: null
            key: []
        columns:
          - {name: master_id, data_type: varchar, description: In all data., meta: {source_name: "#1", width: 6}}
          - {name: sample_id, data_type: varchar, description: In the sample., meta: {source_name: "#2", width: 5}}
          - {name: bought_date, data_type: date, description: Day., meta: {source_name: "#3", width: 9}}
          - {name: discs, data_type: integer, description: Number of discs., meta: {source_name: "#4", width: 3}}
          - {name: spent_amt, data_type: "decimal(20,2)", description: Dollars., meta: {source_name: "#5", width: 8}}
"""

# Entity → what the purchases say of it; whatever else is canonical is not reported.
STAGED = {
    "customer": {"customer_id": "'cdnow:' || sample_id", "customer_type": "'personal'"},
    "facility": {
        "facility_id": "'cdnow:' || sample_id",
        "customer_id": "'cdnow:' || sample_id",
        "reporting_date": "business_date",
        "product_family": "'revolving_trade'",
        "facility_status": "'active'",
        "currency": "'USD'",
        "event_basis": "'recorded'",
    },
    "credit_event": {
        "event_id": "'cdnow:' || source_row",
        "facility_id": "'cdnow:' || sample_id",
        "customer_id": "'cdnow:' || sample_id",
        "event_type": "'drawdown'",
        "event_date": "bought_date",
        "event_amt": "spent_amt",
        "currency": "'USD'",
        "is_opening": "false",
    },
}
MODEL = """
{{% set others = canonical_columns('{entity}') | map(attribute='name') | reject('in', {given}) | list %}}
with purchases as (
    select *, row_number() over (partition by sample_id order by source_row) as purchase_no
    from {{{{ source('cdnow', 'purchases') }}}}
)

select
    {columns},
    {{{{ not_reported('{entity}', others) }}}}
    {{{{ lineage('cdnow') }}}}
from purchases
where {rows}
"""
END_OF_1997, END_OF_DATA = date(1997, 12, 31), date(1998, 6, 30)


@dataclass(frozen=True)
class Summary:
    """What lifetimes returns of one customer, and the two parts from which its money is made."""

    frequency: int
    recency: int
    T: int
    total: Decimal
    first_day: Decimal

    @property
    def monetary_value(self) -> Decimal:
        """Mean of the days after the first."""
        return (self.total - self.first_day) / self.frequency if self.frequency else Decimal(0)

    @property
    def monetary_value_with_first(self) -> Decimal:
        """Mean of all days."""
        return self.total / (self.frequency + 1)


def _purchases(real_data: Path) -> Iterator[tuple[str, date, Decimal]]:
    for line in (real_data / "cdnow" / "CDNOW_sample.txt").read_text(encoding="ascii").splitlines():
        _master, sample, day, _discs, spent = line.split()
        yield sample, date(int(day[:4]), int(day[4:6]), int(day[6:])), Decimal(spent)


def _summaries(real_data: Path, after: date, end: date) -> dict[str, Summary]:
    """Customer → summary of the purchases after one day and up to another."""
    spent: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for customer, day, amount in _purchases(real_data):
        if after < day <= end:
            spent[customer][day] += amount
    return {
        customer: Summary(
            frequency=len(days) - 1,
            recency=(max(days) - min(days)).days,
            T=(end - min(days)).days,
            total=sum(days.values(), Decimal(0)),
            first_day=days[min(days)],
        )
        for customer, days in spent.items()
    }


@pytest.fixture(scope="module")
def line(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Line:
    """The project with one source more, and the sample landed."""
    project = copy_project(tmp_path_factory.mktemp("cdnow_project"))
    folder = project / "dbt_project/models/staging/cdnow"
    folder.mkdir()
    (folder / "_cdnow__sources.yml").write_text(CONTRACT, encoding="utf-8")
    for entity, columns in STAGED.items():
        model = MODEL.format(
            entity=entity,
            given=list(columns),
            columns=",\n    ".join(f"{expression} as {name}" for name, expression in columns.items()),
            rows="true" if entity == "credit_event" else "purchase_no = 1",
        )
        (folder / f"stg_cdnow__{entity}.sql").write_text(model, encoding="utf-8")
    home = tmp_path_factory.mktemp("cdnow_home")
    line = Line(Settings(project_root=project, home=home, threads=2), END_OF_1997, sources=("cdnow",))
    landing = line.settings.landing_dir / "cdnow"
    landing.mkdir(parents=True)
    sample = real_data / "cdnow" / "CDNOW_sample.txt"
    (landing / sample.name).write_bytes(sample.read_bytes())
    line.land()
    return line


@dataclass(frozen=True)
class Measured:
    """What the project's own models say of one customer."""

    r_days: int
    l_tenure_days: int
    f_count: int
    m_volume_cum_amt: Decimal
    m_volume_avg_amt: Decimal | None


def _measured(line: Line, as_of: date) -> dict[str, Measured]:
    """Customer → measures at a date."""
    ctx = line.context(as_of=as_of)
    line.build_core(ctx)
    run_dbt(line.settings, ctx, "run", ["+int_rfm_measure,path:models/marts"])
    rows = line.query(
        """
        select customer_id, measured.r_days, population.l_tenure_days, measured.f_count, measured.m_volume_cum_amt,
            measured.m_volume_avg_amt
        from marts.int_rfm_measure as measured
        inner join marts.int_rfm_customer as population using (customer_id)
        """
    )
    return {customer.removeprefix("cdnow:"): Measured(*measures) for customer, *measures in rows}


def _is_mean(found: Decimal | None, exact: Decimal) -> bool:
    """Rounded to the cent; half a cent goes either way, since the engine divides decimals as doubles."""
    return found is not None and abs(found - exact) <= Decimal("0.005")


def test_the_measures_are_those_of_the_literature(line: Line, real_data: Path) -> None:
    """Twelve months of a family that revolves hold every purchase of 1997, of all 2,357 customers."""
    measured = _measured(line, END_OF_1997)
    expected = _summaries(real_data, date.min, END_OF_1997)
    assert len(measured) == len(expected) == 2357
    # Whoever is in the sample bought first in the first quarter.
    assert all(275 <= summary.T <= 364 for summary in expected.values())
    wrong = {
        customer: (found, summary)
        for customer, summary in expected.items()
        for found in (measured[customer],)
        if (found.f_count - 1, found.l_tenure_days - found.r_days, found.l_tenure_days, found.m_volume_cum_amt)
        != (summary.frequency, summary.recency, summary.T, summary.total)
        or not _is_mean(found.m_volume_avg_amt, summary.monetary_value_with_first)
        or (found.m_volume_cum_amt - summary.first_day) / max(found.f_count - 1, 1) != summary.monetary_value
    }
    assert wrong == {}


def test_half_a_year_later_recency_is_of_all_history_and_frequency_of_the_window(line: Line, real_data: Path) -> None:
    measured = _measured(line, END_OF_DATA)
    ever = _summaries(real_data, date.min, END_OF_DATA)
    window = _summaries(real_data, END_OF_DATA - timedelta(days=365), END_OF_DATA)
    wrong = {}
    for customer, summary in ever.items():
        found, inside = measured[customer], window.get(customer)
        total, uses = (inside.total, inside.frequency + 1) if inside else (Decimal(0), 0)
        wanted = (summary.T - summary.recency, summary.T, uses, total)
        if (found.r_days, found.l_tenure_days, found.f_count, found.m_volume_cum_amt) != wanted or not (
            _is_mean(found.m_volume_avg_amt, inside.monetary_value_with_first)
            if inside
            else found.m_volume_avg_amt is None
        ):
            wrong[customer] = (found, wanted)
    assert wrong == {}
    assert len(measured) == len(ever) == 2357
    assert 0 < len(window) < len(ever)
