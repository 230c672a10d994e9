"""From a derived figure back to the rows it was made of, and to the files these were delivered in."""

from lendmart.trace.customers import Customer, find_customer
from lendmart.trace.figures import Figure, Input, Tracer, anchor, trace
from lendmart.trace.places import Place
from lendmart.trace.registry import Metric, Registry, load_registry
from lendmart.trace.rounding import rounded

__all__ = [
    "Customer",
    "Figure",
    "Input",
    "Metric",
    "Place",
    "Registry",
    "Tracer",
    "anchor",
    "find_customer",
    "load_registry",
    "rounded",
    "trace",
]
