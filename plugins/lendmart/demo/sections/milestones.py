"""Milestones of projects (项目里程碑): drawdowns by the progress of the works, completion, covenant certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from lendmart.demo.customers import Enterprise, Window
from lendmart.demo.dates import add_days, day_in, iso, month_end, month_of
from lendmart.demo.faults import DeliveryFault, FaultKind, Hand, every, opening
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.sections.projects import SOURCE, Project, half_year_cash, later, project_of, season
from lendmart.demo.spoiling import amount, fen
from lendmart.demo.story import Emitted, Record, Row, Story

DRAW_DAY = 27  # of the month: project loans are disbursed on it (demo/lending.py)
CERTIFICATE_MONTHS = 3  # after the half-year that a certificate speaks of

PROJECT_MILESTONES = Feed(
    name="project_milestones",
    source=SOURCE,
    file="project_milestones_{day}.csv",
    layout=Layout(
        (
            "project_no", "milestone_no", "milestone_kind", "planned_date", "certified_date", "actual_date",
            "planned_amt", "actual_amt", "reported_dscr", "currency",
        ),
    ),
    cadence="monthly",
    key="project_no",
    entity="project_milestone",
    owner={"project": "project_no"},
)  # fmt: skip
FEEDS = (PROJECT_MILESTONES,)


@dataclass(frozen=True)
class Milestone:
    """What was planned and what came of it; days are yyyymmdd with 0 for never, amounts fen with -1 for none.

    ``certified``: the lender's technical adviser confirmed the works on this day; ``cover`` is text.
    """

    kind: str
    planned: int
    certified: int
    actual: int
    planned_amount: int
    actual_amount: int
    cover: str = ""

    def days(self) -> list[int]:
        """The days on which something becomes known of it, the last of each month: a file has a milestone once."""
        return sorted({month_of(day): day for day in sorted((self.certified, self.actual)) if day}.values())

    def row(self, project_number: str, number: int, day: int) -> Row:
        """Its state on a day."""
        done = 0 < self.actual <= day
        return [
            project_number,
            str(number),
            self.kind,
            iso(self.planned),
            iso(self.certified) if 0 < self.certified <= day else "",
            iso(self.actual) if done else "",
            amount(self.planned_amount),
            amount(self.actual_amount) if done else "",
            self.cover if done else "",
            "CNY",
        ]


def rows(story: Story) -> Iterator[Emitted]:
    """Every milestone when the loan is approved, and again when it is certified, drawn or delivered."""
    project, window, spv = project_of(story), story.window, story.enterprise
    if project is None or spv is None or project.facility.approval_month > window.last:
        return
    known = month_end(max(project.facility.approval_month, window.first - 1))
    for number, milestone in enumerate(_milestones(story, spv, project), start=1):
        yield "project_milestones", known, milestone.row(spv.project_number, number, known)
        for day in milestone.days():
            if known < day <= month_end(window.last):
                yield "project_milestones", day, milestone.row(spv.project_number, number, day)


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


def _milestones(story: Story, spv: Enterprise, project: Project) -> Iterator[Milestone]:
    rng = story.rng("milestones")
    distressed = spv.archetype.code == "project_distressed"
    yield from _drawdowns(story, project, rng, distressed)
    yield _completion(project, rng, distressed)
    yield from _certificates(spv, project, rng, distressed)


def _drawdowns(story: Story, project: Project, rng: Random, distressed: bool) -> Iterator[Milestone]:
    """Most are drawn about the planned day and after the certificate; some a month late, some before it."""
    drawn = {day for day, row in story.book.events if row[1] == project.facility.number and row[3] == "drawdown"}
    for month, planned_amount in sorted(project.facility.draw_plan.items()):
        late, early = rng.random() < (0.4 if distressed else 0.08), rng.random() < (0.4 if distressed else 0.05)
        planned = day_in(month - 1 if late else month, rng.randint(20, 28))
        day = day_in(month, DRAW_DAY)
        actual = day if day in drawn else 0
        certified = add_days(day, rng.randint(5, 20) if early else -rng.randint(2, 12)) if actual else 0
        yield Milestone("drawdown", planned, certified, actual, planned_amount, planned_amount)


def _completion(project: Project, rng: Random, distressed: bool) -> Milestone:
    """The budget and what the works cost in the end (竣工决算)."""
    overrun = rng.uniform(0.12, 0.25) if distressed else rng.choice((0.0, 0.0, 0.02, 0.05))
    done = month_end(project.actual_cod_month)
    cost = int(project.total_cost * (1 + overrun)) // 100 * 100
    return Milestone("completion", month_end(project.planned_cod_month), done, done, project.total_cost, cost)


def _certificates(spv: Enterprise, project: Project, rng: Random, distressed: bool) -> Iterator[Milestone]:
    """One a half-year of debt service: the cover that was reached, the reserve account required and held."""
    for place, (month, principal, interest) in enumerate(project.schedule()):
        service = principal + interest
        required = service * project.reserve_months // 6
        held = int(required * (rng.uniform(0.1, 0.6) if distressed else rng.choice((1.0, 1.0, 1.05))))
        cash = half_year_cash(spv, project) * season(place) * rng.uniform(0.97, 1.03)
        due = month_end(month + CERTIFICATE_MONTHS)
        delivered = add_days(due, rng.randint(20, 60) if distressed else -rng.randint(0, 25))
        yield Milestone("covenant_certificate", due, 0, delivered, required, held, f"{cash / service:.4f}")


# --- faults ----------------------------------------------------------------------------------------------------------


def _is_drawn_later(record: Record) -> bool:
    """An update: the milestone stands in the opening file without a drawdown."""
    project = project_of(record.story)
    if project is None or record["milestone_kind"] != "drawdown" or not record["actual_date"]:
        return False
    return month_of(record.day) > max(project.facility.approval_month, record.story.window.first - 1)


def _is_done(record: Record) -> bool:
    """A drawdown that no later file changes: the works are certified and the money is out."""
    return record["milestone_kind"] == "drawdown" and bool(record["certified_date"] and record["actual_date"])


def _twice(hand: Hand) -> None:
    hand.found(hand.record)
    hand.add(hand.record.batch.feed.name, hand.record.day, list(hand.record.row))


FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "DQ-24",
        "quarantine",
        "project_milestones",
        "actual_date",
        "drawn in another century",
        eligible=_is_drawn_later,
        spoil=lambda record: f"1899{record['actual_date'][4:]}",
        places=later,
        take_one=True,
    ),
    FaultKind(
        "DQ-61",
        "block",
        "project_milestones",
        "project_no",
        "a milestone of a project that nobody knows",
        spoil=lambda record: f"PRJX{record['project_no'][4:]}",
        places=opening,
    ),
    FaultKind(
        "DQ-12",
        "block",
        "project_milestones",
        "project_no",
        "the same milestone twice in one file",
        plant=_twice,
        places=opening,
    ),
    FaultKind(
        "PROJ-01",
        "warn",
        "project_milestones",
        "actual_amt",
        "a drawdown of more than the loan disbursed",
        eligible=_is_done,
        spoil=lambda record: amount(fen(record["actual_amt"]) + 1_000_000),
        places=every,
        take_one=True,
    ),
)
DELIVERIES: tuple[DeliveryFault, ...] = ()
