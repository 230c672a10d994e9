"""The project system: special-purpose companies with sponsors, covenants and cash-flow forecasts (项目融资系统)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lendmart.demo.contracts import Facility
from lendmart.demo.customers import Enterprise, Window
from lendmart.demo.dates import day_in, iso, month_end, month_of, month_of_year
from lendmart.demo.faults import DeliveryFault, FaultKind, Hand, Late, opening
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.render import thousands
from lendmart.demo.spoiling import amount, no_such_day
from lendmart.demo.story import Emitted, Record, Row, Story

SOURCE = "demo_projects"
SCENARIOS: dict[str, float] = {"base": 1.0, "downside": 0.86}  # share of the base case's cash flow
UPDATE_MONTH = 6  # forecasts are renewed each June
TAIL_YEARS = 5  # of the concession after the loan's maturity
CASH_SHARE = 0.92  # of revenue that is left for debt service
LEAST_COVER = 1.4  # of the heaviest half-year, when the loan is signed

PROJECTS = Feed(
    name="projects",
    source=SOURCE,
    file="projects_{day}.csv",
    layout=Layout(
        (
            "项目编号",
            "客户号",
            "项目名称",
            "行业",
            "行政区划",
            "项目状态",
            "批准日期",
            "开工日期",
            "计划投产日",
            "实际投产日",
            "特许期止",
            "销售安排",
            "币种",
            "总投资",
            "资本金",
            "本行承诺额",
            "锁定DSCR",
            "违约DSCR",
            "最低LLCR",
            "偿债准备金月数",
        ),
        encoding="gb18030",
        titles=("项目台账",),
        decorate={"总投资": thousands, "资本金": thousands, "本行承诺额": thousands},
    ),
    cadence="monthly",
    key="项目编号",
    entity="project",
    owner={"customer": "客户号"},
    sidecar=True,
)
PROJECT_CASHFLOWS = Feed(
    name="project_cashflows",
    source=SOURCE,
    file="project_cashflows_{day}.parquet",
    layout=Layout(
        (
            "project_no",
            "scenario",
            "period_end_date",
            "forecast_version",
            "cfads_amt",
            "principal_amt",
            "interest_amt",
            "currency",
        ),
        format="parquet",
        types=(
            "text",
            "text",
            "date",
            "integer",
            "decimal(20,2)",
            "decimal(20,2)",
            "decimal(20,2)",
            "text",
        ),
    ),
    cadence="monthly",
    key="project_no",
    entity="project_cashflow",
    owner={"project": "project_no"},
)
FEEDS = (PROJECTS, PROJECT_CASHFLOWS)


@dataclass(frozen=True)
class Sponsor:
    """A shareholder of the project company (发起人) and its share in percent."""

    customer: Enterprise
    share_pct: int


@dataclass(frozen=True)
class Project:
    """What the project system knows; months are month numbers, amounts fen."""

    facility: Facility
    sponsors: tuple[Sponsor, ...]
    construction_month: int
    planned_cod_month: int
    actual_cod_month: int
    offtake: str
    total_cost: int
    lockup: str
    default: str
    llcr: str
    reserve_months: int

    @property
    def equity(self) -> int:
        """Total cost less the loan (资本金)."""
        return self.total_cost - self.facility.commitment

    def schedule(self) -> list[tuple[int, int, int]]:
        """(month, principal, interest) of each half-year of the loan's repayment, as signed."""
        balance = sum(self.facility.plan.values())
        periods = []
        for month, principal in sorted(self.facility.plan.items()):
            periods.append((month, principal, balance * self.facility.rate // 2_000_000))
            balance -= principal
        return periods


def project_of(story: Story) -> Project | None:
    """The project of a project company, made once; None of everybody else and before its loan is approved.

    Its ``sponsors`` are what the customer relations show as ``sponsor``.
    """
    spv = story.enterprise
    if spv is None or spv.customer_type != "project_spv" or not story.account.facilities:
        return None
    if "project" not in story.memo:
        story.memo["project"] = _project(story, spv, story.account.facilities[0])
    found: Project = story.memo["project"]
    return found


def _project(story: Story, spv: Enterprise, facility: Facility) -> Project:
    rng = story.rng("project")
    planned = month_of(facility.first_repayment_day) - UPDATE_MONTH
    delay = rng.choice((0, 0, 0, 2, 4)) if spv.archetype.code == "project" else 9
    return Project(
        facility=facility,
        sponsors=_sponsors(story, spv),
        construction_month=facility.approval_month + 1,
        planned_cod_month=planned,
        actual_cod_month=planned + delay,
        offtake=rng.choice(("power_purchase", "availability", "tolling", "merchant", "concession_fee")),
        total_cost=facility.commitment * 10 // 7 // 100 * 100,
        lockup=rng.choice(("1.1500", "1.2000", "1.2500")),
        default="1.0500",
        llcr=rng.choice(("1.1500", "1.2000")),
        reserve_months=rng.choice((3, 6, 6)),
    )


def _sponsors(story: Story, spv: Enterprise) -> tuple[Sponsor, ...]:
    """One to three larger companies of the same chunk that were customers before the project company."""
    able = [
        neighbour
        for neighbour in story.neighbours
        if isinstance(neighbour, Enterprise)
        and neighbour.customer_type == "corporate"
        and neighbour.size in {"L", "M"}
        and neighbour.relationship_month <= spv.relationship_month
    ]
    rng = story.rng("sponsors")
    chosen = rng.sample(able, min(len(able), rng.choice((1, 2, 2, 3))))
    shares = {0: (), 1: (100,), 2: (70, 30), 3: (51, 29, 20)}[len(chosen)]
    return tuple(Sponsor(company, share) for company, share in zip(chosen, shares, strict=True))


def rows(story: Story) -> Iterator[Emitted]:
    """The project when its loan is approved and again when it starts to operate; a forecast then and each June."""
    project, window = project_of(story), story.window
    if project is None or project.facility.approval_month > window.last:
        return
    known = max(project.facility.approval_month, window.first - 1)
    yield "projects", month_end(known), _row(story, project, known)
    if known < project.actual_cod_month <= window.last:
        yield "projects", month_end(project.actual_cod_month), _row(story, project, project.actual_cod_month)
    version = 1
    for month in range(known, window.last + 1):
        if month == known or month_of_year(month) == UPDATE_MONTH:
            yield from _forecast(story, project, month, version)
            version += 1


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


def _row(story: Story, project: Project, month: int) -> Row:
    spv, facility = story.enterprise, project.facility
    if spv is None:
        raise LookupError(f"{story.number}: a person has no project")
    operating = project.actual_cod_month <= month
    return [
        spv.project_number,
        spv.number,
        spv.project_name,
        spv.industry_code,
        spv.region_code,
        "operating" if operating else "construction",
        iso(facility.approval_day),
        iso(day_in(project.construction_month, 1)),
        iso(month_end(project.planned_cod_month)),
        iso(month_end(project.actual_cod_month)) if operating else "",
        iso(month_end(facility.maturity_month + 12 * TAIL_YEARS)),
        project.offtake,
        "CNY",
        amount(project.total_cost),
        amount(project.equity),
        amount(facility.commitment),
        project.lockup,
        project.default,
        project.llcr,
        str(project.reserve_months),
    ]


def half_year_cash(spv: Enterprise, project: Project) -> float:
    """What is left for debt service in a half-year of the base case before growth and season, in fen.

    Nobody lends to a project that does not cover its debt; one in distress earns 45 % of the plan, less than it owes.
    """
    cash = project.total_cost * spv.project_yield * CASH_SHARE / 2
    service = max(principal + interest for _month, principal, interest in project.schedule())
    if spv.archetype.code == "project_distressed":
        return min(cash, 2 * service) * 0.45
    return max(cash, LEAST_COVER * service)


def season(place: int) -> float:
    """What the ``place``-th half-year brings of the first: a percent of growth a year, a better first half."""
    return float(1.01 ** (place // 2)) * (0.97 if place % 2 else 1.03)


def _forecast(story: Story, project: Project, month: int, version: int) -> Iterator[Emitted]:
    """Half-years from this month on to the end of the concession; debt service is the loan's schedule."""
    spv = story.enterprise
    if spv is None:
        return
    half = half_year_cash(spv, project) * story.rng("forecast", version).uniform(0.97, 1.03)
    service = {due: (principal, interest) for due, principal, interest in project.schedule()}
    first, end = min(service), project.facility.maturity_month + 12 * TAIL_YEARS
    for place, period in enumerate(range(first, end + 1, 6)):
        if period < month:
            continue
        principal, interest = service.get(period, (0, 0))
        for scenario, share in SCENARIOS.items():
            cash = int(half * share * season(place))
            row = [spv.project_number, scenario, iso(month_end(period)), str(version)]
            row += [amount(cash), amount(principal), amount(interest), "CNY"]
            yield "project_cashflows", month_end(month), row


# --- faults ----------------------------------------------------------------------------------------------------------


def reported_once(record: Record) -> bool:
    """No later row of the project could be accepted instead."""
    project = project_of(record.story)
    if project is None:
        return False
    known = max(project.facility.approval_month, record.story.window.first - 1)
    return not known < project.actual_cod_month <= record.story.window.last


def _is_update(record: Record) -> bool:
    return record["项目状态"] == "operating" and not reported_once(record)


def _twice(hand: Hand) -> None:
    hand.found(hand.record)
    hand.add(hand.record.batch.feed.name, hand.record.day, list(hand.record.row))


def _base_case(record: Record) -> bool:
    return record["scenario"] == "base"


def _quarter(days: list[int]) -> list[int]:
    return [days[0]]


def later(days: list[int]) -> list[int]:
    """Any delivery after the opening one."""
    return days[1:]


def _unknown_project(record: Record) -> str:
    return f"PRJX{record['project_no'][4:]}"


FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "LANDING",
        "landing",
        "projects",
        "实际投产日",
        "a day that does not exist",
        eligible=_is_update,
        spoil=lambda record: no_such_day(record["实际投产日"]),
        share=0.2,
        places=later,
        take_one=True,
        least_days=6,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "projects",
        "销售安排",
        "an offtake that is in no list: the forecasts follow",
        eligible=reported_once,
        spoil=lambda _record: "handshake",
        places=opening,
        takes_out=True,
    ),
    FaultKind(
        "DQ-24",
        "quarantine",
        "projects",
        "开工日期",
        "building began in another century: the forecasts follow",
        eligible=reported_once,
        spoil=lambda _record: "1899-01-01",
        places=opening,
        takes_out=True,
    ),
    FaultKind(
        "DQ-12",
        "block",
        "projects",
        "项目编号",
        "the same project twice in one file",
        plant=_twice,
        places=opening,
    ),
    FaultKind(
        "DQ-61",
        "block",
        "project_cashflows",
        "project_no",
        "a forecast of a project that nobody knows",
        eligible=_base_case,
        spoil=_unknown_project,
        places=opening,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "project_cashflows",
        "scenario",
        "a scenario that is in no list",
        eligible=_base_case,
        spoil=lambda _record: "dream",
        places=opening,
    ),
    FaultKind(
        "DQ-24",
        "quarantine",
        "project_cashflows",
        "period_end_date",
        "a period after the end of all forecasts",
        eligible=_base_case,
        spoil=lambda record: f"2199{record['period_end_date'][4:]}",
        places=opening,
    ),
    FaultKind(
        "DQ-12",
        "block",
        "project_cashflows",
        "project_no",
        "the same period twice in one file",
        eligible=_base_case,
        plant=_twice,
        places=opening,
    ),
)
DELIVERIES: tuple[DeliveryFault, ...] = (Late("projects", _quarter, 5),)
