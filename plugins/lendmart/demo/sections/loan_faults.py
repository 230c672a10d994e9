"""Faults of notes, schedules, payments, collateral and ledger: each offends one rule of spec §7.2."""

from __future__ import annotations

from lendmart.demo.faults import FaultKind

FAULTS: tuple[FaultKind, ...] = ()
