"""Where a firm's ratios stand among its peers: section and size, else section, else all (spec §3.6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lendmart.portrait.texts import Text, ratio, status
from lendmart.trace import Customer
from lendmart.warehouse.reading import Built

HEALTH = "mart_financial_health"
_LEAST_PEERS = 30
_GOOD = ("ok", "stale")


@dataclass(frozen=True)
class RatioPlace:
    """``place`` is the share of peers that do worse, in per cent, ties counted half; None without value or peers."""

    metric: str
    name: Text
    shown: Text
    place: Decimal | None
    peer_count: int
    peers: Text


def ratio_places(built: Built, customer: Customer) -> tuple[RatioPlace, ...]:
    """The ratios of the health score, in the order of their catalogue; none where the firm has no statement."""
    columns = built.columns("marts", HEALTH)
    if not built.columns("seeds", "financial_ratio"):
        return ()
    catalogue = [
        row
        for row in built.rows("select * from seeds.financial_ratio where weight is not null order by sort_order")
        if row["column_name"] in columns
    ]
    places = [_place(built, customer, row) for row in catalogue]
    return tuple(place for place in places if place is not None)


def _place(built: Built, customer: Customer, ratio_row: dict[str, Any]) -> RatioPlace | None:
    column = ratio_row["column_name"]
    found = built.rows(
        f"""
        with peers as (
            select
                health.customer_id,
                customers.industry_section,
                customers.enterprise_size,
                health."{column}" as amount,
                health."{column}_status" as status
            from marts.{HEALTH} as health
            inner join core.dim_customer as customers on health.customer_id = customers.customer_id
            where health.as_of_date = $as_of
        ),

        own as (select * from peers where customer_id = $customer_id),

        compared as (
            select
                peers.amount,
                peers.industry_section = own.industry_section
                and peers.enterprise_size = own.enterprise_size as is_near,
                peers.industry_section = own.industry_section as is_section,
                own.amount as own_amount
            from peers
            cross join own
            where peers.status in ('ok', 'stale')
        )

        select
            own.amount,
            own.status,
            count(*) filter (is_near) as near_count,
            count(*) filter (is_near and compared.amount < own_amount) as near_lower,
            count(*) filter (is_near and compared.amount = own_amount) as near_equal,
            count(*) filter (is_section) as section_count,
            count(*) filter (is_section and compared.amount < own_amount) as section_lower,
            count(*) filter (is_section and compared.amount = own_amount) as section_equal,
            count(compared.amount) as all_count,
            count(*) filter (compared.amount < own_amount) as all_lower,
            count(*) filter (compared.amount = own_amount) as all_equal
        from own
        left join compared on true
        group by own.amount, own.status
        """,
        customer_id=customer.customer_id,
        as_of=built.ctx.as_of_date,
    )
    if not found:
        return None
    row: dict[str, Any] = found[0]
    name = Text(str(ratio_row["name_en"]), str(ratio_row["name_zh"]))
    has_value = row["status"] in _GOOD and row["amount"] is not None
    shown = ratio(row["amount"], str(ratio_row["unit"])) if has_value else status(row["status"])
    level, peers = _level(row)
    count = int(row[f"{level}_count"])
    place = None
    if has_value and count:
        below = (Decimal(row[f"{level}_lower"]) + Decimal(row[f"{level}_equal"]) / 2) / count * 100
        place = 100 - below if ratio_row["better"] == "low" else below
    return RatioPlace(str(column), name, shown, place, count, peers)


def _level(row: dict[str, Any]) -> tuple[str, Text]:
    if row["near_count"] >= _LEAST_PEERS:
        return "near", Text("same industry section and size", "同行业同规模")
    if row["section_count"] >= _LEAST_PEERS:
        return "section", Text("same industry section", "同行业")
    return "all", Text("all firms with statements", "全部有报表企业")
