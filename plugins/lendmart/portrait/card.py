"""What stands on a card, gathered from marts and core: data and words, nothing drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lendmart.portrait.portraits import firm_facts, firm_row, person_tile, project_tile
from lendmart.portrait.ratios import RatioPlace, ratio_places
from lendmart.portrait.reasons import Reason, period_asked, reasons_of
from lendmart.portrait.roe import ROE_METRIC, roe_line
from lendmart.portrait.texts import CUSTOMER_TYPES, Text, both
from lendmart.portrait.tiles import (
    Asked,
    Tile,
    exposure_tile,
    health_line,
    party_tiles,
    repayment_tile,
    segment_tile,
    since_tile,
)
from lendmart.publishing import list_releases
from lendmart.trace import Customer, Figure, Tracer, find_customer
from lendmart.warehouse.reading import Built, project_vars

SQL = Path(__file__).parent / "sql"
Row = dict[str, Any]
TRACED = (
    "segment_code", "exposure_amt", "outstanding_amt", "max_dpd_days", "five_tier_assessed", "ifrs9_stage", "p_score",
    "fhs_band", "fhs_score",
)  # fmt: skip
KINDS = {
    "facilities": Text("facilities", "授信"),
    "instruments": Text("instruments", "借据"),
    "payments": Text("payments", "还款"),
    "credit_events": Text("credit events", "信贷事件"),
    "statements": Text("financial statements", "财务报表"),
    "projects": Text("project", "项目"),
    "bureau": Text("credit bureau", "征信"),
    "income": Text("income", "收入"),
    "assets": Text("assets", "资产"),
    "consents": Text("consents", "授权"),
}
_OF_PERSONS = ("facilities", "instruments", "payments", "credit_events", "bureau", "income", "assets", "consents")
_OF_FIRMS = ("facilities", "instruments", "payments", "credit_events", "statements", "bureau")


@dataclass(frozen=True)
class Card:
    """One customer at one date.

    ``figures`` holds each traced figure once, by its anchor; ``links`` says which of them a metric on the card is.
    """

    customer: Customer
    title: Text
    kind: Text
    as_of_date: str
    knowledge_cutoff: str
    release_id: str | None
    is_flagged: bool
    completeness: tuple[tuple[Text, bool], ...]
    tiles: tuple[Tile, ...]
    reasons: tuple[Reason, ...]
    health: Text | None
    roe: Text | None
    portrait: Tile | None
    parties: tuple[Tile, ...]
    history: list[Row]
    cells: list[Row]
    place: tuple[int, int] | None
    ratios: tuple[RatioPlace, ...]
    years: list[Row]
    months: list[Row]
    covers: list[Row]
    currency: str
    figures: Mapping[str, Figure] = field(default_factory=dict)
    links: Mapping[str | Asked, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``--json``; whom it is about is named as on the card."""
        record = {name: value for name, value in asdict(self).items() if name != "links"}
        record["customer"] = {"shown_as": self.customer.shown_as, "type": self.customer.customer_type}
        return record


@cache
def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def card_of(built: Built, asked: str) -> Card:
    """The card of a customer (id or pseudonym) at the date that the warehouse was built for.

    Raises:
        UsageError: no such customer.
    """
    customer = find_customer(built, asked)
    tracer = Tracer(built, customer)
    options = _dbt_vars(built)

    def rows(name: str) -> list[Row]:
        return built.rows(_sql(name), customer_id=customer.customer_id, as_of=built.ctx.as_of_date, **options)

    own = built.rows(
        "select * from core.dim_customer where customer_id = $customer_id", customer_id=customer.customer_id
    )[0]
    segment = _first(rows("segment"))
    risk = tracer.row("mart_risk_status")
    health = tracer.row("mart_financial_health")
    history = rows("history")
    firm = firm_row(tracer)
    limits = rows("limits")[0]
    if firm is not None and firm["exposure_status"] == "ok":
        limits |= {"limit_amt": firm["limit_amt"], "outstanding_amt": firm["outstanding_amt"]}  # as the trace has them
    ratios = ratio_places(built, customer)
    covers = rows("project_cover")
    tiles = (
        segment_tile(segment),
        exposure_tile(limits, segment, coarse=customer.is_person),
        repayment_tile(risk, segment),
        since_tile(history, coarse=customer.is_person, currency=(segment or {}).get("currency")),
    )
    reasons = reasons_of(built, customer, segment, risk, health, _first(rows("peers")), covers)
    roe = None if customer.is_person else roe_line(health)
    portrait = _portrait(tracer)
    parties = party_tiles(customer, own, rows, firm_facts(firm))
    shown = [
        *TRACED,
        *(place.metric for place in ratios),
        *([ROE_METRIC] if roe else ()),
        *(metric for tile in (*tiles, *parties, *([portrait] if portrait else [])) for metric in tile.metrics),
        *(reason.metric for reason in reasons if reason.metric is not None),
        *(period_asked(row) for row in covers if row["dscr"] is not None),
    ]
    figures, links = _traced(tracer, shown)
    return Card(
        customer=customer,
        title=both(customer.shown_as if customer.is_person else own["legal_name"] or customer.customer_id),
        kind=CUSTOMER_TYPES.get(customer.customer_type, both(customer.customer_type)),
        as_of_date=str(built.ctx.as_of_date),
        knowledge_cutoff=str(built.ctx.knowledge_cutoff),
        release_id=_release_of(built),
        is_flagged=bool((segment or {}).get("dq_flag") or (risk or {}).get("dq_flag") or own["dq_flag"]),
        completeness=_completeness(rows("completeness")[0], customer),
        tiles=tiles,
        reasons=reasons,
        health=health_line(health),
        roe=roe,
        portrait=portrait,
        parties=parties,
        history=history,
        cells=rows("grid"),
        place=(segment["r_score"], segment["fm_score"]) if segment and segment["r_score"] else None,
        ratios=ratios,
        years=[] if customer.is_person else rows("statements"),
        months=rows("months"),
        covers=covers,
        currency=str((segment or {}).get("currency") or ""),
        figures=figures,
        links=links,
    )


def _portrait(tracer: Tracer) -> Tile | None:
    """The box of the portrait marts: of a person, of a project company; firms have theirs in the identity."""
    customer = tracer.customer
    if customer.is_person:
        return person_tile(tracer.built, customer)
    return project_tile(tracer) if customer.customer_type == "project_spv" else None


def _first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None


def _dbt_vars(built: Built) -> dict[str, object]:
    """The tolerances of spec §5.3 as the project sets them."""
    values = project_vars(built.settings.dbt_project_dir)
    return {"tolerance_amt": values["dpd_tolerance_amt"], "tolerance_share": values["dpd_tolerance_share"]}


def _release_of(built: Built) -> str | None:
    """The release with the inputs of the run that the warehouse holds, if it was published."""
    moment = built.ctx.knowledge_cutoff
    for release in reversed(list_releases(built.settings)):
        known = str(release.knowledge_cutoff)[:19].replace("T", " ")
        if (
            release.as_of_date == str(built.ctx.as_of_date)
            and known == str(moment)[:19]
            and sorted(release.sources) == sorted(built.ctx.sources)
        ):
            return release.release_id
    return None


def _completeness(found: Row, customer: Customer) -> tuple[tuple[Text, bool], ...]:
    kinds: Iterable[str] = _OF_PERSONS if customer.is_person else _OF_FIRMS
    if customer.customer_type == "project_spv":
        kinds = (*kinds, "projects")
    return tuple((KINDS[kind], bool(found[kind])) for kind in kinds)


def _traced(tracer: Tracer, shown: Iterable[str | Asked]) -> tuple[dict[str, Figure], dict[str | Asked, str]]:
    """Each figure of the card with those it follows from, once each, parents before their parts; and which is which."""
    figures: dict[str, Figure] = {}
    links: dict[str | Asked, str] = {}

    def keep(figure: Figure) -> None:
        figures.setdefault(figure.anchor, figure)
        for part in figure.parts:
            keep(part)

    for one in dict.fromkeys(shown):
        metric, subject = one if isinstance(one, Asked) else (one, ())
        name = tracer.registry.name_of(metric)
        if name is not None and tracer.row(tracer.registry.metrics[name].mart, dict(subject)) is not None:
            figure = tracer.trace(name, dict(subject))
            links[one] = figure.anchor
            keep(figure)
    return figures, links
