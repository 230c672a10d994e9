"""The statements articulate, computed from the lines as written."""

from __future__ import annotations

import duckdb
import pytest
from demo_files import Demo, rows

CURRENT_ASSETS = ("BS_CASH", "BS_NOTES_REC", "BS_AR", "BS_PREPAY", "BS_OTH_REC", "BS_INVENTORY")
CURRENT_LIABILITIES = (
    "BS_ST_LOAN",
    "BS_NOTES_PAY",
    "BS_AP",
    "BS_PAYROLL",
    "BS_TAX_PAY",
    "BS_OTH_PAY",
    "BS_NCL_DUE1Y",
)
IDENTITIES = {
    "DQ-28": "BS_TA = BS_TL + BS_TE",
    "DQ-28 total": "BS_TLE = BS_TA",
    "DQ-29 assets": "BS_TA = BS_TCA + BS_TNCA",
    "DQ-29 liabilities": "BS_TL = BS_TCL + BS_TNCL",
    "current assets": f"BS_TCA = {' + '.join(CURRENT_ASSETS)}",
    "other assets": "BS_TNCA = BS_PPE + BS_CIP + BS_INTANG",
    "current liabilities": f"BS_TCL = {' + '.join(CURRENT_LIABILITIES)}",
    "equity": "BS_TE = BS_PAIDIN + BS_CAP_RES + BS_SURPLUS + BS_RETAINED",
    "operating profit": "PL_OP = PL_REV - PL_COGS - PL_TAX_SUR - PL_SELL - PL_ADMIN - PL_FIN"
    " + PL_OTH_INC + PL_CREDIT_IMP",
    "DQ-36 before tax": "PL_PBT = PL_OP + PL_NONOP_INC - PL_NONOP_EXP",
    "DQ-36 net": "PL_NP = PL_PBT - PL_TAX",
    "DQ-31": "CF_CASH_BEG + CF_NET = CF_CASH_END",
    "DQ-32": "CF_NET = CF_CFO + CF_CFI + CF_CFF + CF_FX",
    "operating cash": "CF_CFO = CF_OP_IN - CF_OP_OUT",
    "DQ-34": "CF_CASH_END <= BS_CASH",
}
MAY_BE_NEGATIVE = {
    "BS_RETAINED",
    "BS_TE",
    "PL_FIN",
    "PL_CREDIT_IMP",
    "PL_OP",
    "PL_PBT",
    "PL_NP",
    "PL_NP_PARENT",
    "CF_CFO",
    "CF_CFI",
    "CF_CFF",
    "CF_NET",
    "CF_OP_OUT",
}


@pytest.fixture(scope="module")
def wide(book: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Table ``wide``: one row a statement and period, one decimal column an item; planted faults are null or wrong."""
    book.execute(
        """
        create or replace table wide as
        pivot (
            select 报表编号 as number, left(期末日期, 4)::integer as year, 项目代码 as item,
                try_cast("金额(万元)" as decimal(20, 2)) as amount
            from lines
        ) on item using max(amount) group by number, year
        """
    )
    return book


@pytest.mark.parametrize("name", sorted(IDENTITIES))
def test_statement_identity_holds_exactly_but_where_planted(
    wide: duckdb.DuckDBPyConnection, demo: Demo, name: str
) -> None:
    broken = {row[0] for row in rows(wide, f"select number from wide where not ({IDENTITIES[name]})")}
    out_of_balance = {fault.key for fault in demo.report.faults if fault.control_id == "DQ-28"}
    assert broken == (out_of_balance if name in {"DQ-28", "equity"} else set())


def test_the_prior_year_column_repeats_last_year_s_statement(wide: duckdb.DuckDBPyConnection, demo: Demo) -> None:
    # Of an item that was spoilt in last year's statement the comparative column shows the right figure.
    spoilt = ", ".join(
        f"'{fault.key}'" for fault in demo.report.faults if fault.feed in {"statements", "statement_lines"}
    )
    found = rows(
        wide,
        f"""
        with paired as (
            select count(*) as pairs, count(*) filter (
                prior.BS_TA != now.BS_TA or prior.BS_TE != now.BS_TE or prior.PL_NP != now.PL_NP
                or prior.PL_REV != now.PL_REV or prior.CF_CASH_END != now.CF_CASH_END
            ) as bad
            from wide as prior
            join wide as now on left(prior.number, 9) = left(now.number, 9) and prior.year = now.year
                and prior.number != now.number
            where prior.number not in ({spoilt}) and now.number not in ({spoilt})
        )
        select pairs > 3000, bad from paired
        """,
    )
    assert found == [(True, 0)]


def test_retained_earnings_and_cash_roll_forward(wide: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        wide,
        """
        select count(*) > 4000,
            count(*) filter (now.BS_RETAINED != prior.BS_RETAINED + now.PL_NP - now.EQ_DIV - now.EQ_SURPLUS_APPR),
            count(*) filter (now.CF_CASH_BEG != prior.CF_CASH_END),
            count(*) filter (now.BS_SURPLUS != prior.BS_SURPLUS + now.EQ_SURPLUS_APPR)
        from wide as now join wide as prior on now.number = prior.number and now.year = prior.year + 1
        """,
    )
    assert found == [(True, 0, 0, 0)]


def test_items_of_natural_sign_are_not_negative(wide: duckdb.DuckDBPyConnection) -> None:
    negative = {
        row[0]
        for row in rows(wide, 'select distinct 项目代码 from lines where try_cast("金额(万元)" as decimal(20, 2)) < 0')
    }
    assert negative <= MAY_BE_NEGATIVE - {"CF_OP_OUT"}


def test_debts_cover_what_this_bank_has_lent(wide: duckdb.DuckDBPyConnection) -> None:
    short = rows(
        wide,
        """
        select number from wide
        join (
            select customer_no, year(report_date) as year, sum(outstanding_amt) as lent
            from facilities where month(report_date) = 12 group by all
        ) as bank on substr(wide.number, 2, 8) = bank.customer_no and wide.year = bank.year
        where (BS_ST_LOAN + BS_NCL_DUE1Y + BS_LT_LOAN) * 10000 < lent - 1000
        """,
    )
    assert short == []


def test_ratios_can_be_computed_and_tell_the_distressed_from_the_rest(
    wide: duckdb.DuckDBPyConnection, demo: Demo
) -> None:
    stories = demo.truth / "demo_archetypes.csv"
    found = {
        group: measures
        for group, *measures in rows(
            wide,
            f"""
            select
                archetype = 'distressed',
                count(*) > 20,
                median(BS_TL / BS_TA),
                median((PL_PBT + PL_INT_EXP) / BS_TA),
                median(6.56 * (BS_TCA - BS_TCL) / BS_TA + 3.26 * (BS_SURPLUS + BS_RETAINED) / BS_TA
                    + 6.72 * (PL_PBT + PL_INT_EXP) / BS_TA + 1.05 * BS_TE / BS_TL)
            from wide
            join read_csv('{stories}', header = true, all_varchar = true) as story
                on substr(wide.number, 2, 8) = story.customer_no
            where year = 2024 and customer_type = 'corporate'
            group by all
            """,
        )
    }
    enough, debt, return_on_assets, z = range(4)
    assert found[True][enough]
    assert found[True][debt] > found[False][debt] + 0.15
    assert found[True][return_on_assets] < 0 < found[False][return_on_assets]
    assert found[True][z] < 1.1 < found[False][z]


def test_audited_statements_name_an_opinion(book: duckdb.DuckDBPyConnection) -> None:
    found = rows(book, "select 是否审计, 审计意见 is null, count(*) > 500 from statements group by all order by all")
    assert found == [("false", True, True), ("true", False, True)]
