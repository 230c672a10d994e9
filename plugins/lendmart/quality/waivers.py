"""Waivers: a named person lets a blocking control pass, for some dates of one portfolio (spec §7.1, DQ-73).

``evidence/waivers.jsonl`` is append-only, a hash chain like the other records. A waived control is a warning, with who
waived it and why in the result. The controls of privacy and of the release gate are never waived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lendmart.errors import UsageError
from lendmart.publishing.chain import Chain, ChainEntry
from lendmart.publishing.ledger import utc_text
from lendmart.quality.controls import load_controls
from lendmart.run import RunContext
from lendmart.settings import Settings

RECORD = "waivers.jsonl"


@dataclass(frozen=True)
class Waiver(ChainEntry):
    """One line. It holds for business dates from ``as_of_date`` to ``expires_on``, both included."""

    at: str
    actor: str
    control_id: str
    portfolio: list[str]
    as_of_date: str
    expires_on: str
    reason: str
    approved_by: str

    def covers(self, control_id: str, ctx: RunContext) -> bool:
        """Whether it lets the control pass in the run."""
        return (
            self.control_id == control_id
            and self.portfolio == sorted(ctx.sources)
            and date.fromisoformat(self.as_of_date) <= ctx.as_of_date <= date.fromisoformat(self.expires_on)
        )


def _chain(settings: Settings) -> Chain[Waiver]:
    return Chain(settings, RECORD, Waiver)


def read_waivers(settings: Settings) -> list[Waiver]:
    """Every waiver in the order it was recorded, the chain checked.

    Raises:
        LendmartError: names the first line that is not what was appended.
    """
    return _chain(settings).read()


def find_waiver(waivers: Sequence[Waiver], control_id: str, gate: str, ctx: RunContext) -> Waiver | None:
    """The last waiver that covers the control in the run; None for the release gate, which checks the files."""
    found = [waiver for waiver in waivers if gate != "release" and waiver.covers(control_id, ctx)]
    return found[-1] if found else None


def add_waiver(
    settings: Settings,
    control_id: str,
    portfolio: Sequence[str],
    as_of: date,
    expires_on: date,
    *,
    reason: str,
    approved_by: str,
    actor: str,
    at: datetime,
) -> Waiver:
    """Record a waiver.

    Raises:
        UsageError: no such blocking control, one that is never waived, no reason, an approver who is nobody or the
            one who records it, or an end before the beginning.
    """
    reason, approved_by = " ".join(reason.split()), " ".join(approved_by.split())
    _check_control(settings, control_id)
    if not reason:
        raise UsageError("--reason: found none, expected why the control may pass; it is recorded in the evidence")
    if not approved_by or approved_by.casefold() == actor.casefold():
        raise UsageError(f"--approved-by: found '{approved_by}', expected somebody other than {actor}, who records it")
    if expires_on < as_of:
        raise UsageError(f"--until: found {expires_on}, expected a date not before --as-of {as_of}")
    chain = _chain(settings)
    with chain.appending() as entries:
        return chain.append(
            entries,
            {
                "at": utc_text(at),
                "actor": actor,
                "control_id": control_id,
                "portfolio": sorted(portfolio),
                "as_of_date": as_of.isoformat(),
                "expires_on": expires_on.isoformat(),
                "reason": reason,
                "approved_by": approved_by,
            },
        )


def _check_control(settings: Settings, control_id: str) -> None:
    found = [control for control in load_controls(settings) if control.id == control_id]
    if not any(control.rule.severity == "block" for control in found):
        what = "does not block" if found else "is not under expectations/"
        raise UsageError(f"control {control_id} {what}: only a control that blocks can be waived")
    if any(control.rule.dimension == "privacy" for control in found):
        raise UsageError(f"control {control_id}: a privacy control is never waived (spec §7.1)")
    if all(control.gate == "release" for control in found):
        raise UsageError(f"control {control_id}: the release gate checks the files themselves and is never waived")
