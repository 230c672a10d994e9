"""A statement delivered in parts, on small sheets made here: a new delivery of one sheet leaves the others alone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from lendmart.settings import Settings
from lendmart.warehouse import prepare, run_dbt
from support.line import Line

FIRST = datetime(2021, 4, 20)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI
LATER = datetime(2021, 5, 10)  # noqa: DTZ001
END = datetime(2021, 6, 1)  # noqa: DTZ001
SHEETS = {
    "balance_sheet": ["资产总计(万元),100,90,", " 货币资金(万元),7,--,"],
    "profit_sheet": ["营业收入(万元),50,40,", "净利润(万元),5,4,", "基本每股收益,0.1,0.1,"],
    "cash_flow_sheet": ["净利润(万元),5,4,", "向中央银行借款净增加额(万元,1,--,"],
}


class Company:
    """A home into which sheets are delivered; ``lines`` builds the models that statements need and reads them."""

    def __init__(self, home: Path) -> None:
        self.line = Line(Settings(home=home), date(2021, 5, 31), sources=("cn_statements",))

    def deliver(self, sheets: dict[str, list[str]], arrived: datetime) -> None:
        """Write sheets in GBK, with the nameless last column they come with, and land them."""
        folder = self.line.settings.landing_dir / "cn_statements"
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in sheets.items():
            text = "\n".join(["报告日期,2020-12-31,2019-12-31,", *rows]) + "\t\t\n  \n"
            (folder / f"{name}.csv").write_bytes(text.encode("gbk"))
        self.line.land(arrived)

    def lines(self, year: int) -> dict[str, Decimal]:
        """Label → amount in yuan of one year's statement."""
        ctx = self.line.context(END)
        prepare(self.line.settings, ctx)
        run_dbt(self.line.settings, ctx, "build", ["+int_statement_line"])
        rows = self.line.query(
            f"select source_label, line_amt from core.int_statement_line where period_end_date = '{year}-12-31'"
        )
        assert len({label for label, _ in rows}) == len(rows)
        return dict(rows)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Three sheets in April, and the balance sheet again in May with another figure and without cash."""
    made = Company(tmp_path_factory.mktemp("parts"))
    made.deliver(SHEETS, FIRST)
    made.deliver({"balance_sheet": ["资产总计(万元),101,90,"]}, LATER)
    return made


def test_a_corrected_sheet_replaces_its_own_lines_and_no_other_sheet_s(company: Company) -> None:
    assert company.lines(2020) == {
        "BS:资产总计": Decimal(1_010_000),
        "PL:营业收入": Decimal(500_000),
        "PL:净利润": Decimal(50_000),
        "CF:净利润": Decimal(50_000),
        "CF:向中央银行借款净增加额": Decimal(10_000),
    }
