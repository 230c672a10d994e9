"""Data-quality controls: from YAML to Great Expectations inside DuckDB, with quarantine and stored evidence."""

from lendmart.quality.controls import Control, load_controls
from lendmart.quality.results import ControlResult, GateResult
from lendmart.quality.runner import run_gate

__all__ = ["Control", "ControlResult", "GateResult", "load_controls", "run_gate"]
