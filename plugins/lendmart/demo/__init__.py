"""A synthetic bank: deterministic, seeded, with behaviours that are stated and faults that are planted on purpose."""

from lendmart.demo.bank import SIZES, DemoFile, DemoReport, generate
from lendmart.demo.faults import Fault

__all__ = ["SIZES", "DemoFile", "DemoReport", "Fault", "generate"]
