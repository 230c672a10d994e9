"""The RFM mart of a demo bank against the naive reading of its history, and what both must agree on."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from lendmart.run import RunContext
from lendmart.settings import PROJECT_ROOT
from lendmart.warehouse import open_warehouse
from support import naive_peers, naive_project
from support.naive_peers import Cutpoints, Group, weighted
from support.naive_rfm import Naive, Row
from support.truth import Outcome, read_csv

ENTITIES: dict[str, str] = {
    "customer": "customer_id, industry_code, enterprise_size",
    "facility": "facility_id, customer_id, reporting_date, product_family, facility_status, inception_date, "
    "closed_date, currency, commitment_amt, off_balance_amt, outstanding_amt, project_id",
    "instrument": "instrument_id, facility_id, customer_id, reporting_date, instrument_status, closed_date, "
    "currency, outstanding_amt, off_balance_amt, pd_12m, lgd",
    "credit_event": "event_id, facility_id, customer_id, event_type, event_date, event_amt, currency, "
    "reversal_of_event_id",
    "instalment": "instrument_id, schedule_version, instalment_no, due_date, principal_due_amt, interest_due_amt, "
    "fee_due_amt",
    "payment": "payment_id, instrument_id, value_date, payment_amt, penalty_amt, reversal_of_payment_id",
    "fx_rate": "currency, quote_currency, rate_date, rate",
    "policy_rate": "rate_name, rate_date, rate",
    "project": "project_id, country_code, actual_cod_date",
    "project_milestone": "project_id, milestone_no, milestone_kind, planned_date, certified_date, actual_date",
    "screening_hit": "hit_id, customer_id, list_type, decision, valid_to_date",
    "holiday": "country_code, calendar_date, is_business_day",
}
LINEAGE = "source_system, batch_id, source_row, business_date, known_at, is_deleted"
UNBANDED = dict.fromkeys(("peer_level", "peer_key", "peer_count", "scoring_basis", "r_score", "f_score", "m_score"))
UNRANKED = dict.fromkeys(("midrank_peer_level", "r_midrank_score", "f_midrank_score", "m_midrank_score"))
BY_MATURITY = {"prospect": "PROSPECT", "lapsed": "LAPSED", "new": "NEW_INSUFFICIENT_HISTORY"}


class Warehouse:
    """What both sides are read from."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        taken = self.rows(f"select * from audit.quarantine where run_id = '{outcome.ctx.run_id}'")
        self.quarantined = {
            (row["relation"].removeprefix("hist_"), row["batch_id"], row["source_row"]) for row in taken
        }

    @cached_property
    def history(self) -> dict[str, list[Row]]:
        """Entity → every row that was delivered."""
        return {
            name: self.rows(f"select {columns}, {LINEAGE} from history.hist_{name}")
            for name, columns in ENTITIES.items()
        }

    def rows(self, query: str) -> list[Row]:
        """Rows of a query, by column name."""
        con = open_warehouse(self.outcome.settings, read_only=True)
        try:
            found = con.execute(query)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        finally:
            con.close()

    def naive(self, ctx: RunContext) -> Naive:
        """The naive reading for the date and the cutoff of a run."""
        return Naive(self.history, self.quarantined, ctx.as_of_date, ctx.knowledge_cutoff)

    def mart(self, as_of: date) -> dict[str, Row]:
        """Customer → its row of the mart."""
        found = self.rows(f"select * from marts.mart_customer_rfm where as_of_date = date '{as_of}'")
        return {row["customer_id"]: row for row in found}


def fitted(naive: Naive) -> dict[Group, Cutpoints]:
    """The cut points that the first run of a portfolio fits."""
    measures = naive_project.scored(naive, naive.measures())
    return naive_peers.fitted(measures, naive_peers.ladders(naive, measures))


def expected(naive: Naive, mart: dict[str, Row], cutpoints: dict[Group, Cutpoints]) -> dict[str, Row]:
    """Customer → what its row must say under these cut points. Gates are those that the mart has,
    but for the first."""
    measures = naive_project.scored(naive, naive.measures())
    climbed = naive_peers.ladders(naive, measures)
    bands = naive_peers.bands(measures, climbed, cutpoints, seed("rfm_expert_cutpoint"))
    midranks = naive_peers.midranks(measures, climbed)
    repayments, excluded = naive.repayment(), naive.excluded()
    found = {}
    for name, measure in measures.items():
        share, late, score = repayments.get(name, (None, None, None))
        row = measure | {"p_ontime_24m": share, "p_max_dpd_24m": late, "p_score": score}
        row |= bands.get(name, UNBANDED) | midranks.get(name, UNRANKED)
        if name in mart:
            gate = "EXCLUDED" if name in excluded else mart[name]["gate"].replace("EXCLUDED", "not excluded")
            row |= _published(row, gate) | {"gate": gate}
            if mart[name]["m_revenue_status"] == "ok":
                row["m_revenue_amt"] = naive.revenue(name)
        found[name] = row
    return found


def differing(mart: dict[str, Row], wanted: dict[str, Row]) -> list[str]:
    """What differs, as text: customers that one side lacks, and columns with what was found and expected."""
    missing = [f"{name}: not in the mart" for name in wanted.keys() - mart.keys()]
    missing += [f"{name}: only in the mart" for name in mart.keys() - wanted.keys()]
    return sorted(missing) + [
        f"{name}.{column}: found {mart[name][column]}, expected {value}"
        for name in sorted(mart.keys() & wanted.keys())
        for column, value in wanted[name].items()
        if mart[name][column] != value
    ]


def _published(row: Row, gate: str) -> Row:
    """Maps, weighted scores and the published segment (spec §1.6, §1.8)."""
    r, f, m, p = (row[f"{letter}_score"] for letter in "rfmp")
    if None in (r, f, m):
        own = {"segment_11_code": None, "segment_8_code": None, "value_score": None, "rfm_value_100": None}
        own["value_with_p_score"] = None
    else:
        plain, repaid = WEIGHTS["default"], WEIGHTS["with_repayment"]
        value = weighted(plain, r=r, f=f, m=m)
        own = {
            "segment_11_code": GRID[r, (f + m + 1) // 2],
            "segment_8_code": EIGHT[r >= 4, f >= 4, m >= 4],
            "value_score": value,
            "rfm_value_100": (25 * (value - 1)).quantize(Decimal("0.01"), ROUND_HALF_UP),
            "value_with_p_score": value if p is None else weighted(repaid, r=r, f=f, m=m, p=p),
        }
    segment = own["segment_11_code"]
    if gate in ("EXCLUDED", "WORKOUT"):
        published = gate
    elif gate == "WATCH" and segment:
        published = f"WATCH_{segment}"
    else:
        published = BY_MATURITY.get(row["maturity_flag"], segment or BY_MATURITY["new"])
    return {**own, "segment_code": published}


def facility_status(warehouse: Warehouse) -> dict[str, tuple[int, str, str, int]]:
    """Facility number → what the product derives: most days past due, floor, assessed class and required stage."""
    classes = ("正常", "关注", "次级", "可疑", "损失")
    found = warehouse.rows(
        "select facility_id, max_dpd_days, floor_rank, assessed_rank, required_stage from marts.int_risk_facility"
    )
    return {
        row["facility_id"].removeprefix("demo:"): (
            row["max_dpd_days"], classes[row["floor_rank"]], classes[row["assessed_rank"]], row["required_stage"],
        )
        for row in found
        if None not in row.values()
    }  # fmt: skip


def true_status(outcome: Outcome) -> dict[str, tuple[int, str, str, int]]:
    """The same as the bank was made, the worst of the facility's open notes."""
    classes = ("正常", "关注", "次级", "可疑", "损失")
    notes = defaultdict(list)
    for row in read_csv(outcome.settings.home / "truth" / "demo_instrument_status.csv"):
        ranks = classes.index(row["five_tier_floor"]), classes.index(row["five_tier_class"])
        notes[row["facility_no"]].append((int(row["dpd_days"]), *ranks, int(row["ifrs9_stage"])))
    worst = {name: [max(values) for values in zip(*rows, strict=True)] for name, rows in notes.items()}
    return {name: (days, classes[floor], classes[tier], stage) for name, (days, floor, tier, stage) in worst.items()}


def exclusions(warehouse: Warehouse) -> dict[str, str]:
    """Customer → why the first gate excludes it, at the end of the window."""
    found = warehouse.rows(
        "select customer_id, gate_reason from marts.mart_risk_status "
        f"where gate = 'EXCLUDED' and as_of_date = date '{warehouse.outcome.ctx.as_of_date}'"
    )
    return {row["customer_id"]: row["gate_reason"] for row in found}


def true_screenings(outcome: Outcome) -> dict[str, dict[str, str]]:
    """Customer → its screening hit as the bank was made."""
    rows = read_csv(outcome.settings.home / "truth" / "demo_screenings.csv")
    return {f"demo:{row['customer_no']}": row for row in rows}


def touched_customers(outcome: Outcome) -> str:
    """A pattern of the numbers of customers whose rows a planted fault changed or took out."""
    keys = [row["key"] for row in outcome.truth]
    keys += [row["customer_no"] for row in read_csv(outcome.settings.home / "truth" / "demo_dependants.csv")]
    return "|".join(sorted({number for key in keys for number in re.findall(r"[EP]\d{7}", key)}))


def segments_by_archetype(warehouse: Warehouse) -> dict[str, list[tuple[str, str]]]:
    """Archetype → (customer, published segment) of those in scope, at the end of the window."""
    mart = warehouse.mart(warehouse.outcome.ctx.as_of_date)
    found = defaultdict(list)
    for row in read_csv(warehouse.outcome.settings.home / "truth" / "demo_archetypes.csv"):
        name = f"demo:{row['customer_no']}"
        if name in mart:
            found[row["archetype"]].append((name, mart[name]["segment_code"]))
    return dict(found)


def seed(name: str) -> list[dict[str, str]]:
    """Rows of a seed of the project."""
    with (PROJECT_ROOT / "dbt_project" / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


GRID = {(int(row["r_score"]), int(row["fm_score"])): row["segment_11_code"] for row in seed("segment_11_map")}
EIGHT = {
    tuple(row[flag] == "true" for flag in ("is_r_high", "is_f_high", "is_m_high")): row["segment_8_code"]
    for row in seed("segment_8_map")
}
WEIGHTS = {
    row["weight_set"]: {name: Decimal(value) for name, value in row.items() if name != "weight_set"}
    for row in seed("rfm_weight")
}
