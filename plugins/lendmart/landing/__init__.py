"""Landing: from delivered files to immutable batches in the lake (design §4)."""

from lendmart.landing.errors import DeliveryError, LandingError
from lendmart.landing.lake import ensure_schemas
from lendmart.landing.land import LandingReport, land
from lendmart.landing.manifest import BatchManifest, ControlTotals, Totals, read_manifests

__all__ = [
    "BatchManifest",
    "ControlTotals",
    "DeliveryError",
    "LandingError",
    "LandingReport",
    "Totals",
    "ensure_schemas",
    "land",
    "read_manifests",
]
