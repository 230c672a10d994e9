"""Errors a user can act on, each with the exit code of the command line (design: 1 error, 2 usage, 3 blocked)."""

from __future__ import annotations


class LendmartError(Exception):
    """Something is wrong with an input, a setting or the state. The message names it; no traceback is shown."""

    exit_code = 1


class UsageError(LendmartError):
    """The call itself is wrong: an unknown source, a malformed date, an impossible combination of options."""

    exit_code = 2


class ControlBlockedError(LendmartError):
    """A gate refused: nothing downstream may run and nothing is published."""

    exit_code = 3

    def __init__(self, gate: str, control_ids: list[str], detail: str = "") -> None:
        self.gate = gate
        self.control_ids = control_ids
        names = ", ".join(control_ids)
        super().__init__(f"gate '{gate}' blocked by {names}{': ' + detail if detail else ''}")
