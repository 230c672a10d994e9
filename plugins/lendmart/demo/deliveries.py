"""The files a delivery consists of, and how they reach the folder: whole or not at all, the same bytes every time."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lendmart.errors import LendmartError

ENTERPRISE_COLUMNS = (
    "customer_no",
    "customer_type",
    "legal_name",
    "uscc",
    "industry_code",
    "enterprise_size",
    "employees",
    "region_code",
    "registration_date",
    "relationship_start_date",
    "group_no",
)
PERSON_COLUMNS = ("客户号", "姓名", "证件类型", "证件号码", "手机号码", "行政区划", "经营行业", "建户日期")
FACILITY_COLUMNS = (
    "report_date",
    "facility_no",
    "customer_no",
    "product_code",
    "facility_status",
    "project_no",
    "project_name",
    "approval_date",
    "inception_date",
    "settlement_date",
    "first_repayment_date",
    "maturity_date",
    "closed_date",
    "last_disbursement_date",
    "currency",
    "commitment_amt",
    "cancelled_amt",
    "off_balance_amt",
    "disbursed_cum_amt",
    "repaid_cum_amt",
    "outstanding_amt",
    "arrears_amt",
    "writeoffs_cum_amt",
    "interest_rate",
    "five_tier_class",
    "ifrs9_stage",
    "is_default",
)
EVENT_COLUMNS = (
    "event_no",
    "facility_no",
    "customer_no",
    "event_type",
    "event_date",
    "event_amt",
    "currency",
    "reversal_of_event_no",
)
STATEMENT_COLUMNS = (
    "报表编号",
    "客户号",
    "会计准则",
    "报表口径",
    "报表类型",
    "期初日期",
    "期末日期",
    "会计年度",
    "币种",
    "单位倍数",
    "是否审计",
    "审计意见",
    "报表版本",
    "报出日期",
)
LINE_COLUMNS = ("报表编号", "项目代码", "项目名称", "期末日期", "期间月数", "金额(万元)", "单位倍数", "币种")


@dataclass
class Table:
    """Rows of one file or member, already joined by the separator; the header is not among them."""

    feed: str
    columns: tuple[str, ...]
    rows: list[str]
    separator: str = ","

    def text(self) -> str:
        """The file's text: header, rows, every line ended by a line feed."""
        return "\n".join((self.separator.join(self.columns), *self.rows, ""))

    def field(self, row: int, column: str) -> str:
        """The text of one field; ``row`` counts from 0."""
        return self.rows[row].split(self.separator)[self.columns.index(column)]

    def record(self, row: int) -> dict[str, str]:
        """One row as column → text."""
        return dict(zip(self.columns, self.rows[row].split(self.separator), strict=True))

    def put(self, row: int, **values: str) -> None:
        """Replace fields of one row."""
        fields = self.rows[row].split(self.separator)
        for column, value in values.items():
            fields[self.columns.index(column)] = value
        self.rows[row] = self.separator.join(fields)

    def totals(self, columns: tuple[str, ...]) -> dict[str, str]:
        """Exact sums of amount columns with two decimals; a field that is no number counts as nothing."""
        places = [self.columns.index(column) for column in columns]
        sums = [0] * len(places)
        for row in self.rows:
            fields = row.split(self.separator)
            for number, place in enumerate(places):
                digits = fields[place].replace(".", "")
                sums[number] += int(digits) if digits.isascii() and digits.isdigit() else 0
        return {column: f"{fen // 100}.{fen % 100:02d}" for column, fen in zip(columns, sums, strict=True)}


@dataclass
class Delivery:
    """One file: a table, or a zip of tables by member name. ``sums`` makes a control-total sidecar."""

    name: str
    business_day: int
    tables: dict[str, Table] = field(default_factory=dict)
    sums: tuple[str, ...] = ()
    known_at: str = ""

    @property
    def table(self) -> Table:
        """The only table of a file that is no zip."""
        return self.tables[""]

    def files(self) -> Iterator[tuple[str, bytes]]:
        """(name, bytes), the sidecar first: whoever sees the file finds its totals."""
        if self.sums:
            totals: dict[str, object] = {"rows": len(self.table.rows), "sums": self.table.totals(self.sums)}
            if self.known_at:
                totals["known_at"] = self.known_at
            yield f"{self.name}.ctl.json", (json.dumps(totals, indent=1, sort_keys=True) + "\n").encode()
        if "" in self.tables:
            yield self.name, self.table.text().encode()
        else:
            yield self.name, _zip({member: table.text() for member, table in self.tables.items()})


def _zip(members: dict[str, str]) -> bytes:
    """A zip whose bytes depend on nothing but its members: fixed time stamps, fixed permissions, fixed level."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, text.encode(), compress_type=zipfile.ZIP_DEFLATED, compresslevel=6)
    return buffer.getvalue()


def write_atomically(path: Path, content: bytes) -> None:
    """Write under a hidden name that no feed looks for, then rename.

    Raises:
        LendmartError: the folder or the file cannot be written; names it and the system's reason.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        raise LendmartError(f"{path}: cannot be written: {error.strerror or error}") from None
