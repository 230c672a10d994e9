"""Mutations of the public reference sources as landed."""

from __future__ import annotations

from mutations.mutation import Mutation

_TRANSACTIONS = "raw.berka__transactions"

MUTATIONS = (
    Mutation("landing", "raw.sba__loans", "SBA-01", "update raw.sba__loans set mis_status = 'P I F', default_flag = 0"),
    Mutation("landing", "raw.sba__loans", "SBA-02", "update raw.sba__loans set daysterm = 7201"),
    Mutation(
        "landing",
        "raw.berka__dispositions",
        "BERKA-01",
        "insert into raw.berka__dispositions select * replace ('C2' as client_id) from raw.berka__dispositions",
    ),
    Mutation(
        "landing",
        "raw.berka__loans",
        "BERKA-02",
        "insert into raw.berka__loans select * replace ('L2' as loan_id) from raw.berka__loans",
    ),
    Mutation("landing", "raw.berka__loans", "BERKA-03", "update raw.berka__loans set amount = 1200.01"),
    Mutation("landing", _TRANSACTIONS, "BERKA-04", f"update {_TRANSACTIONS} set k_symbol = 'DAR'"),
    Mutation("landing", "raw.nyse__fundamentals", "NYSE-01", "update raw.nyse__fundamentals set cell = '#DIV/0!'"),
    Mutation("landing", "raw.nyse__fundamentals", "NYSE-02", "update raw.nyse__fundamentals set cell = '2.35E+11'"),
)
