"""Files of every format, made from a contract and then damaged: what :mod:`test_landing_fuzz` lands."""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from workbooks import workbook

NAMES = ["loan_no", "note", "amount", "payments", "signed_on", "is_open", "seen_at"]
TYPES = ["varchar", "varchar", "decimal(20,2)", "integer", "date", "boolean", "timestamp"]
WIDTHS = [8, 16, 14, 8, 12, 4, 20]
NOTES = [
    "",
    "note",
    "张三 贷款",
    "a,b;c\td|e",
    'said "yes"',
    "two\nlines",
    "é ü ř",
    "  blanks  ",
    "#N/A",
    "0",
    "'",
    "\\",
    "-1e9",
]
BAD = ["x", "1,2,3", "2024-13-01", "1e99", "--", "NaN", "１２", "99999999999999999999999", "'"]
Row = list[Any]
Rng = random.Random


def columns(**of: dict[str, Any]) -> list[dict[str, Any]]:
    """Contract columns; ``of`` gives a column more meta."""
    return [
        {"name": name, "data_type": kind, "meta": {"source_name": name, **of.get(name, {})}}
        for name, kind in zip(NAMES, TYPES, strict=True)
    ]


def rows(rng: Rng) -> list[Row]:
    """Rows of texts, most of them sound."""
    made = []
    for number in range(rng.choice([0, 1, 2, 5, 5, 12, 40])):
        row = [
            f"L{number}",
            rng.choice(NOTES),
            f"{rng.uniform(-1e6, 1e9):.2f}",
            str(rng.randint(-5, 4000)),
            f"{rng.randint(1900, 2199)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
            rng.choice(["true", "false", "Y", "n", ""]),
            "2024-01-31 12:34:56",
        ]
        if rng.random() < 0.2:
            row[rng.randrange(2, len(row))] = rng.choice([*BAD, ""])
        made.append(row)
    return made


def _table(rng: Rng) -> list[Row]:
    """Header and rows; sometimes cells, columns or whole rows are not where they belong."""
    table = [list(NAMES), *rows(rng)]
    if rng.random() < 0.15:
        at = rng.randrange(len(NAMES))
        what = rng.choice(["drop", "double", "swap", "rename"])
        for row in table:
            if what == "drop":
                del row[at]
            elif what == "double":
                row.insert(at, row[at])
            elif what == "swap":
                row[at], row[-1] = row[-1], row[at]
        if what == "rename":
            table[0][at] = rng.choice(["", "other", "金额", NAMES[0]])
    if len(table) > 2 and rng.random() < 0.2:
        row = rng.choice(table[1:])
        rng.choice([row.clear, lambda: row.append("more"), row.pop, lambda: rng.shuffle(row)])()
    return table


def _delimited(rng: Rng, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    writer = csv.writer(
        out,
        delimiter=delimiter,
        lineterminator=rng.choice(["\n", "\n", "\r\n", "\r"]),
        quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    )
    writer.writerows(_table(rng))
    text = out.getvalue()
    if rng.random() < 0.1:
        text = text.rstrip("\r\n")
    mark = "\ufeff" if encoding == "utf-8" and rng.random() < 0.2 else ""
    return (mark + text).encode(encoding, "replace")


def _fixed(rng: Rng) -> bytes:
    lines = [
        "".join(str(cell).replace("\n", " ")[:width].ljust(width) for cell, width in zip(row, WIDTHS, strict=False))
        for row in _table(rng)
    ]
    return ("\n".join(lines) + "\n").encode()


def _jsonl(rng: Rng) -> bytes:
    lines = []
    for row in rows(rng):
        record: dict[str, Any] = dict(zip(NAMES, row, strict=True))
        if rng.random() < 0.3:
            record["payments"] = rng.choice([7, 7.0, 1e30, None, True, [1], {"a": 1}])
        if rng.random() < 0.3:
            record["amount"] = rng.choice([1.5, -0.0, 10**30, None, False])
        if rng.random() < 0.03:
            record.pop(rng.choice(NAMES))
        if rng.random() < 0.02:
            record["unknown"] = 1
        lines.append(json.dumps(record, ensure_ascii=rng.random() < 0.5))
    return ("\n".join(lines) + "\n").encode()


def _parquet(rng: Rng) -> bytes:
    made = rows(rng)
    arrays: dict[str, Any] = {
        name: pa.array([row[at] or None for row in made], pa.string()) for at, name in enumerate(NAMES)
    }
    if rng.random() < 0.7:
        arrays["payments"] = pa.array(range(len(made)), rng.choice([pa.int8(), pa.int64(), pa.float64()]))
        arrays["signed_on"] = pa.array([rng.choice([None, 0, 19_000])] * len(made), pa.date32())
        arrays["seen_at"] = pa.array([0] * len(made), pa.timestamp(rng.choice(["s", "ms", "us", "ns"])))
        arrays["is_open"] = pa.array([rng.choice([True, False, None]) for _ in made], pa.bool_())
    if rng.random() < 0.1:
        arrays.pop(rng.choice(NAMES))
    out = io.BytesIO()
    pq.write_table(pa.table(arrays), out, compression=rng.choice(["none", "snappy", "zstd"]))
    return out.getvalue()


def _xlsx(rng: Rng) -> bytes:
    table = _table(rng)
    for row in table[1:]:
        if row and rng.random() < 0.3:
            row[rng.randrange(len(row))] = rng.choice([7, 1.5, True, None, 45_000])
    return workbook({"Loans": table})


def _zip(rng: Rng) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        archive.writestr(rng.choice(["a.csv"] * 9 + ["b.csv"]), damaged(_delimited(rng), rng, rng.choice([0, 0, 1])))
    return out.getvalue()


def _wide(rng: Rng) -> bytes:
    periods = [f"20{rng.randint(0, 99):02d}-12-31" for _ in range(rng.randint(0, 4))]
    lines = [["item", *periods]]
    lines += [[f"I{n}", *(rng.choice(["1", "2.5", "--", "x", ""]) for _ in periods)] for n in range(rng.randint(0, 6))]
    return "\n".join(",".join(line) for line in lines).encode()


OPTIONS: dict[str, dict[str, Any]] = {  # feed → landing options; the feed's name is its glob too
    "csv": {"format": "csv"},
    "gbk": {"format": "csv", "encoding": "gbk", "delimiter": ";"},
    "utf16": {"format": "csv", "encoding": "utf-16"},
    "tsv": {"format": "tsv"},
    "fixed": {"format": "fixed_width"},
    "jsonl": {"format": "jsonl"},
    "parquet": {"format": "parquet"},
    "xlsx": {"format": "xlsx"},
    "zip": {"format": "zip", "member": "a.csv", "member_format": "csv"},
    "wide": {
        "format": "csv",
        "wide": {"columns": r"^\d{4}-", "name_to": "period", "value_to": "amount"},
        "null_strings": ["", "--"],
    },
    "persons": {"format": "csv"},
}
MAKERS: dict[str, Callable[[Rng], bytes]] = {
    "csv": _delimited,
    "gbk": lambda rng: _delimited(rng, ";", "gbk"),
    "utf16": lambda rng: _delimited(rng, ",", "utf-16"),
    "tsv": lambda rng: _delimited(rng, "\t"),
    "fixed": _fixed,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "xlsx": _xlsx,
    "zip": _zip,
    "wide": _wide,
    "persons": _delimited,
}
COLUMNS: dict[str, list[dict[str, Any]]] = {
    "fixed": columns(**{name: {"width": width} for name, width in zip(NAMES, WIDTHS, strict=True)}),
    "wide": [
        {"name": "item", "data_type": "varchar", "meta": {"source_name": "item"}},
        {"name": "period", "data_type": "date", "meta": {"source_name": "period"}},
        {"name": "amount", "data_type": "decimal(20,2)", "meta": {"source_name": "amount"}},
    ],
    "persons": columns(note={"privacy": "C2", "identifier": "name"}),
}


def _flip(data: bytearray, rng: Rng) -> None:
    for _ in range(rng.choice([1, 1, 3])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _insert(data: bytearray, rng: Rng) -> None:
    pieces = [
        b"\0",
        b'"',
        b'""',
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b",",
        b";",
        b"\t",
        b"\xff",
        b"\x81",
        b"\xe5\xbc",
        b"\xef\xbb\xbf",
    ]
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.choice(pieces) * rng.choice([1, 1, 1, 2, 50])


def _delete(data: bytearray, rng: Rng) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.choice([1, 1, 2, 8, 100])]


def _truncate(data: bytearray, rng: Rng) -> None:
    del data[rng.randrange(len(data)) :]


def _repeat(data: bytearray, rng: Rng) -> None:
    at = rng.randrange(len(data))
    data[at:at] = data[at : at + rng.randrange(200)]


def _swap_marks(data: bytearray, rng: Rng) -> None:
    old, new = rng.choice(
        [(b",", b";"), (b"\n", b"\r\n"), (b"\r\n", b"\n"), (b"\n", b"\r"), (b'"', b"'"), (b";", b",")]
    )
    data[:] = data.replace(old, new, rng.choice([1, -1]))


def _huge_field(data: bytearray, rng: Rng) -> None:
    at = rng.randrange(len(data) + 1)
    data[at:at] = b"x" * rng.choice([70_000, 70_000, 2_200_000])


MUTATORS = (_flip, _flip, _insert, _insert, _insert, _delete, _delete, _truncate, _repeat, _swap_marks, _huge_field)


def damaged(content: bytes, rng: Rng, times: int) -> bytes:
    """The content after so many mutations."""
    data = bytearray(content)
    for _ in range(times):
        mutate = rng.choice(MUTATORS)
        if mutate is _huge_field and rng.random() < 0.9:
            continue
        if data:
            mutate(data, rng)
    return bytes(data)
