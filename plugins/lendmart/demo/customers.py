"""Who the invented bank lends to: enterprises, project companies and persons, each with an archetype."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from lendmart.demo import archetypes, identifiers
from lendmart.demo import vocabulary as words
from lendmart.demo.archetypes import Archetype
from lendmart.demo.dates import day_in, iso, year_of

# Fixed, whatever the number of processes: the content of a chunk, and so of every file, depends on it. A chunk of
# customers is what one branch of the bank looks after.
ENTERPRISES_A_CHUNK = 500
PERSONS_A_CHUNK = 1000
WAN = 1_000_000  # 1 万元 in fen (分), the unit of every amount of the simulation


def stream(seed: int, *path: object) -> random.Random:
    """A random stream of its own for each customer, so that no customer's story depends on another's.

    Seeded with text, ``random.Random`` gives the same numbers on every platform and Python version.
    """
    return random.Random("/".join(map(str, (seed, *path))))  # noqa: S311 - a simulation, nothing secret


@dataclass(frozen=True)
class Window:
    """The months of the demo: month numbers of the first and the last, both inclusive."""

    first: int
    last: int

    @property
    def months(self) -> int:
        """Number of months."""
        return self.last - self.first + 1

    def progress(self, month: int) -> float:
        """0 at the first month (and before it), 1 at the last."""
        return min(1.0, max(0.0, (month - self.first) / max(1, self.months - 1)))


def branch_of(number: str) -> str:
    """The branch (机构) that books a customer: ``E000501`` → ``102``."""
    return str(101 + (int(number[1:]) - 1) // (ENTERPRISES_A_CHUNK if number[0] == "E" else PERSONS_A_CHUNK))


@dataclass
class Enterprise:
    """A company or a project company. ``revenue`` is yearly, in fen, three years before the window's end."""

    number: str
    customer_type: str
    archetype: Archetype
    legal_name: str
    uscc: str
    industry_code: str
    size: str
    employees: int
    region_code: str
    registration_day: int
    relationship_month: int
    relationship_day: int
    group: str
    revenue: int
    gross_margin: float
    fixed_assets: float
    project_number: str = ""
    project_name: str = ""
    project_yield: float = 0.0

    def master_row(self) -> list[str]:
        """The row of the customer master, in the order of the feed ``enterprises``."""
        return [
            self.number,
            self.customer_type,
            self.legal_name,
            self.uscc,
            self.industry_code,
            self.size,
            str(self.employees),
            self.region_code,
            iso(self.registration_day),
            iso(self.relationship_day),
            self.group,
        ]


@dataclass
class Person:
    """A person who borrows for a business of their own (个人经营)."""

    number: str
    archetype: Archetype
    name: str
    citizen_id: str
    mobile: str
    industry_code: str
    region_code: str
    relationship_month: int
    relationship_day: int

    def master_row(self) -> list[str]:
        """The row of the customer master, in the order of the feed ``persons``."""
        return [
            self.number,
            self.name,
            "居民身份证",
            self.citizen_id,
            self.mobile,
            self.region_code,
            self.industry_code,
            iso(self.relationship_day),
        ]


Customer = Enterprise | Person
PROJECT_EVERY = 33
GROUP_OF = 50  # neighbouring numbers share a group, and a chunk


def make_enterprise(seed: int, window: Window, number: int) -> Enterprise:
    """The ``number``-th enterprise, E0000001…; one of thirty-three is a project company."""
    maker = _project_company if number % PROJECT_EVERY == 0 else _corporate
    return maker(seed, window, number)


def _corporate(seed: int, window: Window, number: int) -> Enterprise:
    rng = stream(seed, "enterprise", number)
    archetype = archetypes.pick(rng.randrange(1000), persons=False)
    region_code, place = rng.choice(words.REGIONS)
    industry = rng.choice(words.INDUSTRIES)
    size = rng.choices(("L", "M", "S", "Micro"), (8, 27, 45, 20))[0]
    employees, revenue = _scale(rng, industry.rule, size)
    relationship = _relationship_month(rng, window, archetype)
    age = rng.randint(13, 40) if archetype.code == "new" else rng.randint(36, 260)
    registered = relationship - age
    return Enterprise(
        number=f"E{number:07d}",
        customer_type="corporate",
        archetype=archetype,
        legal_name=_company_name(rng, number, place, industry.word, size),
        uscc=identifiers.uscc(number * 17 + 5, region_code),
        industry_code=industry.code,
        size=size,
        employees=employees,
        region_code=region_code,
        registration_day=day_in(registered, rng.randint(1, 28)),
        relationship_month=relationship,
        relationship_day=day_in(relationship, rng.randint(1, 5)),
        group=f"G{(number - 1) // GROUP_OF + 1:06d}" if size in {"L", "M"} and rng.random() < 0.2 else "",
        revenue=revenue,
        gross_margin=industry.gross_margin * rng.uniform(0.85, 1.15),
        fixed_assets=industry.fixed_assets * rng.uniform(0.8, 1.2),
    )


def _company_name(rng: random.Random, number: int, place: str, word: str, size: str) -> str:
    suffix = "股份有限公司" if size == "L" and rng.random() < 0.5 else "有限公司"
    return f"{place}{_brand(number)}{word}{suffix}"


def _brand(number: int) -> str:
    """Two characters or more, another brand for each number: no two companies have one name."""
    first, second = words.BRAND_FIRST, words.BRAND_SECOND
    rest, place = divmod(number * 7, len(first))  # 7 shares no factor with 32: neighbours look unlike
    brand = first[place] + second[rest % len(second)]
    rest //= len(second)
    while rest:
        rest, place = divmod(rest - 1, len(second))
        brand += second[place]
    return brand


def _scale(rng: random.Random, rule: str, size: str) -> tuple[int, int]:
    """Employees and yearly revenue in fen, both inside the tier of ``size`` (spec §4.1) with room to grow."""
    people, turnover = words.SIZE_RULES[rule]
    employees = _inside(rng, people, size) if people else 0
    revenue = _inside(rng, turnover, size) if turnover else employees * rng.randint(30, 60)
    return employees or max(2, revenue // 90), max(20, revenue) * WAN


def _inside(rng: random.Random, limits: tuple[int, int, int], size: str) -> int:
    small, medium, large = limits
    low, high = {
        "Micro": (max(1.0, small / 4), small * 0.9),
        "S": (small * 1.1, medium * 0.8),
        "M": (medium * 1.2, large * 0.7),
        "L": (large * 1.3, large * 6.0),
    }[size]
    return max(1, round(math.exp(rng.uniform(math.log(low), math.log(max(low, high))))))


def _relationship_month(rng: random.Random, window: Window, archetype: Archetype) -> int:
    if archetype.code == "new":
        return window.last - rng.randint(0, min(5, window.months - 1))
    if archetype.code == "dormant":
        return window.first - rng.randint(52, 120)
    if archetype.code not in {"distressed", "evergreen", "fading"} and window.months > 8 and rng.random() < 0.15:
        return window.first + rng.randint(0, window.months - 8)
    return window.first - rng.randint(2, 120)


def _project_company(seed: int, window: Window, number: int) -> Enterprise:
    rng = stream(seed, "enterprise", number)
    region_code, place = rng.choice(words.REGIONS)
    kind = rng.choice(words.PROJECT_TYPES)
    project = (
        f"{place}{rng.choice(words.COMPASS)}{_brand(number)}{kind.word}{rng.choice(('一', '二', '三', '四'))}期项目"
    )
    relationship = window.first + rng.randint(-44, max(-43, window.months - 10))
    return Enterprise(
        number=f"E{number:07d}",
        customer_type="project_spv",
        archetype=archetypes.PROJECT_DISTRESSED if rng.random() < 0.05 else archetypes.PROJECT,
        legal_name=f"{project}有限公司",
        uscc=identifiers.uscc(number * 17 + 5, region_code),
        industry_code=kind.code,
        size="S",
        employees=rng.randint(20, 60),
        region_code=region_code,
        registration_day=day_in(relationship - rng.randint(2, 10), rng.randint(1, 28)),
        relationship_month=relationship,
        relationship_day=day_in(relationship, rng.randint(1, 5)),
        group="",
        revenue=0,
        gross_margin=0.70,
        fixed_assets=0.0,
        project_number=f"PRJ{number:07d}",
        project_name=project,
        project_yield=kind.yield_on_cost * rng.uniform(0.9, 1.15),
    )


def make_person(seed: int, window: Window, number: int) -> Person:
    """The ``number``-th person, P0000001…."""
    rng = stream(seed, "person", number)
    archetype = archetypes.pick(rng.randrange(1000), persons=True)
    region_code, _place = rng.choice(words.REGIONS)
    relationship = _relationship_month(rng, window, archetype)
    birth_month = (year_of(window.first) - rng.randint(26, 62)) * 12 + rng.randrange(12)
    # District and sequence together make the identity number unique: 900 sequences in each of 9,800 invented districts.
    district = f"99{200 + number // 900:04d}"
    name = rng.choice(words.SURNAMES) + "".join(rng.choices(words.GIVEN, k=rng.choice((1, 2, 2))))
    return Person(
        number=f"P{number:07d}",
        archetype=archetype,
        name=name,
        citizen_id=identifiers.citizen_id(district, day_in(birth_month, rng.randint(1, 31)), number % 900 + 1),
        mobile=identifiers.mobile(number),
        industry_code=rng.choice(("A0111", "C2110", "F5111", "F5172", "F5211", "F5292", "G5431", "H6210")),
        region_code=region_code,
        relationship_month=relationship,
        relationship_day=day_in(relationship, rng.randint(1, 5)),
    )
