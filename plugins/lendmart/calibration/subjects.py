"""What is calibrated (校准对象): the cut points of RFM (spec §1.4) and the standard values of the health score (§3.6).

Both are fitted on a date, approved by two and in force from a month on, by one code path; what differs stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lendmart.errors import UsageError


@dataclass(frozen=True)
class CutpointRow:
    """Cut points of one measure in one peer group, worst to best; decimals as text.

    ``row_count`` customers of the group have the measure; ``duplicate_count`` of the four equal the one before.
    """

    peer_level: int
    peer_key: str
    measure: str
    q20: str
    q40: str
    q60: str
    q80: str
    row_count: int
    duplicate_count: int


@dataclass(frozen=True)
class StandardRow:
    """Standard values of one ratio in one peer group, in the unit of the ratio, s10 较差 to s90 优秀; decimals as text.

    ``s01`` and ``s99`` bound what is scored and ``peer_count`` firms were fitted on; a licensed table has none of them.
    """

    ratio_id: str
    peer_level: int
    peer_key: str
    s01: str | None
    s10: str
    s30: str
    s50: str
    s70: str
    s90: str
    s99: str | None
    peer_count: int | None


Row = CutpointRow | StandardRow


@dataclass(frozen=True)
class Subject:
    """One thing that is calibrated.

    ``name`` names its record and folder in the evidence and its entry in a manifest, ``option`` is what the command
    line calls it. ``columns`` are the columns of a row with their SQL types, the first ``key`` of them its key. Rows
    are in ``audit.<table>``, and in ``audit.<version_table>`` which version has which role; a run has ``roles``.
    ``terms`` are what a version may be given under. The model ``fit`` is made within a run; of the models of a proposal
    ``proposed_fit`` is made on the marts and ``rescored`` tells everybody's ``outcome`` under the old and the new one.
    """

    name: str
    option: str
    title: str
    title_zh: str
    row_type: type[CutpointRow] | type[StandardRow]
    columns: Mapping[str, str]
    key: int
    table: str
    version_table: str
    roles: tuple[str, ...]
    terms: tuple[str, ...]
    fit: str
    proposed_fit: str
    rescored: str
    outcome: str
    may_be_empty: bool


CUTPOINTS = Subject(
    name="cutpoints",
    option="cutpoints",
    title="cut points",
    title_zh="分位切点",
    row_type=CutpointRow,
    columns={
        "peer_level": "INTEGER",
        "peer_key": "VARCHAR",
        "measure": "VARCHAR",
        **dict.fromkeys(("q20", "q40", "q60", "q80"), "DECIMAL(20,2)"),
        "row_count": "BIGINT",
        "duplicate_count": "INTEGER",
    },
    key=3,
    table="rfm_cutpoint",
    version_table="rfm_cutpoint_version",
    roles=("current", "prior"),
    terms=(),
    fit="int_rfm_cutpoint_fit",
    proposed_fit="cal_cutpoint_fit",
    rescored="cal_rescored",
    outcome="segment_code",
    may_be_empty=True,  # expert cut points score everybody
)

HEALTH_STANDARD = Subject(
    name="health_standard",
    option="health-standard",
    title="standard values",
    title_zh="标准值",
    row_type=StandardRow,
    columns={
        "ratio_id": "VARCHAR",
        "peer_level": "INTEGER",
        "peer_key": "VARCHAR",
        **dict.fromkeys(("s01", "s10", "s30", "s50", "s70", "s90", "s99"), "DECIMAL(20,8)"),
        "peer_count": "INTEGER",
    },
    key=3,
    table="health_standard_value",
    version_table="health_standard_version",
    roles=("current",),
    terms=("publisher", "licence", "standard_year"),
    fit="int_health_standard_fit",
    proposed_fit="cal_standard_fit",
    rescored="cal_health_rescored",
    outcome="fhs_band",
    may_be_empty=False,
)

SUBJECTS = (CUTPOINTS, HEALTH_STANDARD)


def subject_called(option: str) -> Subject:
    """The subject that the command line calls ``option``.

    Raises:
        UsageError: there is none.
    """
    for subject in SUBJECTS:
        if subject.option == option:
            return subject
    raise UsageError(f"--of: found '{option}', expected {' or '.join(subject.option for subject in SUBJECTS)}")
