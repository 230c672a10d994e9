"""Controls on the weights of the value score, on the cut points, and on what is done for a segment."""

from __future__ import annotations

from mutations.mutation import Mutation

_WEIGHT = "marts.mart_rfm_weight"

MUTATIONS = (
    Mutation("marts", _WEIGHT, "AHP-01", f"update {_WEIGHT} set consistency_ratio = 0.10"),
    # One weight is off, and so is their sum.
    Mutation("marts", _WEIGHT, "AHP-02", f"update {_WEIGHT} set weight_in_use = 0.239 where dimension = 'R'", rows=2),
    Mutation(
        "marts",
        "marts.mart_customer_rfm",
        "CUT-01",
        "update audit.rfm_cutpoint_version set kind = 'bootstrap'",
        status="warn",
    ),
    Mutation(
        "marts",
        "pub.pub_segment_customer_v1",
        "ACT-01",
        "update pub.pub_segment_customer_v1 set gate = 'WATCH', segment_code = 'WATCH_CHAMPIONS'",
    ),
)
