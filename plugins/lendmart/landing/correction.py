"""Corrected rows of an earlier batch: how they are staged, and what their manifest says of the rows they stand for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import duckdb

from lendmart.landing.contract import FeedContract
from lendmart.landing.errors import DeliveryError
from lendmart.landing.lake import DATA_FILE, batch_dir
from lendmart.landing.lineup import lineup
from lendmart.landing.manifest import BatchManifest, CorrectedRow, Corrects
from lendmart.landing.parsing import text_literal
from lendmart.landing.stage import Staged
from lendmart.landing.typed import copy_to_parquet, quoted_name
from lendmart.settings import Settings

Was = Literal["refused", "loaded"]


@dataclass(frozen=True)
class Correction:
    """The batch that is corrected, and which of its rows, in the order in which the file holds them corrected."""

    batch: BatchManifest
    rows: tuple[tuple[int, Was], ...]


def refuse_corrected_rows(settings: Settings, feed: FeedContract, correction: Correction, name: str) -> None:
    """A row has one correction that counts, so that it never stands twice; what came of it is corrected in its turn.

    Raises:
        DeliveryError: another batch, not withdrawn, corrects one of the rows already.
    """
    wanted = {row for row, _ in correction.rows}
    for batch in lineup(settings, [feed.source]).readable:
        if batch.feed != feed.name or batch.corrects is None or batch.corrects.batch_id != correction.batch.batch_id:
            continue
        taken = sorted(wanted & {row.source_row for row in batch.corrects.rows})
        if taken:
            raise DeliveryError(
                f"{name}: row {taken[0]} of batch {correction.batch.batch_id} is corrected by batch {batch.batch_id} "
                f"already; export that batch, if a row of it is open, or withdraw it (lendmart batch withdraw)"
            )


def in_place_of(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    feed: FeedContract,
    staged: Staged,
    correction: Correction,
    name: str,
) -> Staged:
    """The staged rows, with the identifiers that were left blank taken over from the rows they stand for.

    Raises:
        DeliveryError: the file has more or fewer rows than it is to correct.
    """
    if staged.rows != len(correction.rows):
        raise DeliveryError(
            f"{name}: found {staged.rows} rows, expected the {len(correction.rows)} that were exported, in order; "
            "leave a row that cannot be corrected as it is"
        )
    sealed = [column for column in feed.columns if column.is_sealed]
    loaded = [(number, row) for number, (row, was) in enumerate(correction.rows, start=1) if was == "loaded"]
    if not sealed or not loaded:
        return staged
    replaced = ", ".join(
        f"case when staged.{quoted_name(column.landed()[0][0])} is null then earlier.{quoted_name(landed)} "
        f"else staged.{quoted_name(landed)} end as {quoted_name(landed)}"
        for column in sealed
        for landed, _ in column.landed()
    )
    pairs = ", ".join(f"({number}, {row})" for number, row in loaded)
    earlier = batch_dir(settings.raw_dir, feed, correction.batch.batch_id) / DATA_FILE
    target = staged.path.with_name("corrected.parquet")
    select = f"""
        select staged.* exclude (_place) replace ({replaced})
        from (
            select * exclude (file_row_number), file_row_number + 1 as _place
            from read_parquet({text_literal(str(staged.path))}, file_row_number = true)
        ) as staged
        left join (values {pairs}) as pairs (place, earlier_row) on staged._place = pairs.place
        left join read_parquet({text_literal(str(earlier))}, hive_partitioning = false) as earlier
            on pairs.earlier_row = earlier.source_row
        order by staged._place
    """
    con.execute(copy_to_parquet(select, target))
    return replace(staged, path=target)


def corrects_of(con: duckdb.DuckDBPyConnection, staged: Staged, correction: Correction) -> Corrects:
    """What the manifest says: each row that is stood for, and whether its correction was refused again."""
    verdicts = con.execute(
        "select _reasons is not null "
        f"from read_parquet({text_literal(str(staged.path))}, file_row_number = true) order by file_row_number"
    ).fetchall()
    return Corrects(
        batch_id=correction.batch.batch_id,
        rows=[
            CorrectedRow(source_row=row, was=was, now="refused" if refused else "loaded")
            for (row, was), (refused,) in zip(correction.rows, verdicts, strict=True)
        ],
    )
