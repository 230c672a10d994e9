"""Three runs for the report: one accepted with exceptions, one blocked, one that stopped early.

python tests/unit/report/sample_runs.py FOLDER      writes them and prints where their reports are, to be looked at
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "publishing"))

import duckdb
from made_run import AT, control, make_context, make_settings, make_warehouse, write_batch, write_gate

from lendmart.publishing import publish, stage_release
from lendmart.quality.report import write_report
from lendmart.run import RunContext
from lendmart.settings import Settings

UNBALANCED = [
    {
        "statement_id": "sec:0000950123-09-020953",
        "source_reference": "0000950123-09-020953",
        "legal_name": "EXAMPLE HOLDINGS INC",
        "period_end_date": "2009-06-30",
        "total_assets": "1204000000.0000",
        "liabilities_and_equity": "1203400000.0000",
        "difference": "600000.0000",
    },
    {
        "statement_id": "sec:0001193125-09-166514",
        "source_reference": "0001193125-09-166514",
        "legal_name": "SAMPLE <BANK> & CO",
        "period_end_date": "2009-06-30",
        "total_assets": "88213000.0000",
        "liabilities_and_equity": "88210000.0000",
        "difference": "3000.0000",
    },
]


def titled(control_id: str, english: str, chinese: str, status: str = "pass", **more: object) -> dict[str, object]:
    return control(control_id, status, title={"en": english, "zh": chinese}, **more)


def landing_controls() -> list[dict[str, object]]:
    return [
        titled(
            "DQ-01",
            "Customer keys and names are present",
            "客户主键与名称完整",
            table="staging.stg_*__customer",
            dimension="completeness",
            principle=[4],
            rows_checked=9841,
            assertion="select * from {batch}\nwhere customer_id is null",
        ),
        titled(
            "DQ-09",
            "Row count equals the declared total",
            "行数与控制总数一致",
            table="raw.*",
            dimension="completeness",
            principle=[4],
            rows_checked=17859,
        ),
        titled(
            "DQ-12",
            "The feed's key is unique in a batch",
            "批次内主键唯一",
            table="raw.*",
            dimension="uniqueness",
            rows_checked=17859,
        ),
        titled(
            "DQ-24",
            "Dates lie within bounds",
            "日期在允许范围内",
            "quarantined",
            instance="DQ-24@ibrd",
            table="staging.stg_*__facility",
            dimension="validity",
            severity="quarantine",
            effective_severity="quarantine",
            tolerance=0.001,
            rows_checked=17859,
            rows_failed=4,
            fail_share=0.000224,
            message="4 rows of 1 batch are outside the bounds; 0.02 % of the batch, 0.10 % are allowed",
            override={
                "params": {"date_floor": "1944-01-01"},
                "rationale": "The lender was founded in 1944 and its first loans are from 1947.",
                "approved_by": "Head of Credit Data",
            },
            samples=[
                {
                    "batch_id": "20220430-aaaaaaaaaaaa",
                    "source_row": 17,
                    "facility_id": "ibrd:IBRD00017",
                    "maturity_date": "2189-01-01",
                }
            ],
            samples_total=4,
            params={"date_floor": "1944-01-01"},
        ),
        titled(
            "DQ-18",
            "Citizen ids are valid",
            "公民身份号码有效",
            "not_run",
            table="staging.stg_*__customer",
            dimension="validity",
            rows_checked=0,
            sources=[],
            message="no source of this run identifies persons",
        ),
    ]


def core_controls(*, balanced: bool = True) -> list[dict[str, object]]:
    status = "warn" if balanced else "fail"
    severity = "warn" if balanced else "block"
    return [
        titled(
            "DQ-28",
            "Assets equal liabilities and equity",
            "资产等于负债加所有者权益",
            status,
            severity="block",
            effective_severity=severity,
            rows_checked=412,
            rows_failed=2,
            fail_share=0.004854,
            samples=UNBALANCED,
            samples_total=2,
            message="2 statements differ by more than max(1 unit, 0.01 % of total assets)",
            rationale="Checked on the filing's own total of liabilities and equity, for the consolidated entity only.",
            override={
                "rationale": "Filings are public documents that cannot be corrected here; they are flagged.",
                "approved_by": "Chief Data Officer",
            }
            if balanced
            else None,
        ),
        titled(
            "IBRD-02",
            "Disbursed equals repaid, due and sold",
            "已支用 = 已偿还 + 应还 + 已出售",
            "warn",
            table="core.fct_facility_snapshot",
            dimension="reconciliation",
            severity="warn",
            effective_severity="warn",
            rows_checked=17859,
            rows_failed=563,
            fail_share=0.031525,
            samples=[
                {
                    "facility_id": f"ibrd:IBRD{n:05d}",
                    "reporting_date": "2022-04-30",
                    "disbursed_cum_amt": "1000000.00",
                    "difference": "-12.40",
                }
                for n in range(30)
            ],
            samples_total=563,
            message="563 rows differ by more than 1 unit",
        ),
        titled(
            "DQ-61",
            "Every facility has its customer",
            "融资均有对应客户",
            table="core.dim_facility",
            dimension="integrity",
            rows_checked=8986,
        ),
    ]


def marts_controls() -> list[dict[str, object]]:
    return [
        titled(
            "DQ-70",
            "Each customer is in exactly one segment",
            "每位客户仅属一个分群",
            table="pub.pub_segment_customer_v1",
            dimension="marts",
            principle=[4, 7],
            rows_checked=141,
        ),
        titled(
            "DQ-71",
            "Scores are in their ranges",
            "评分在取值范围内",
            table="marts.mart_customer_rfm",
            dimension="marts",
            principle=[7],
            rows_checked=141,
        ),
    ]


def release_controls() -> list[dict[str, object]]:
    return [
        titled(
            "DQ-75",
            "No plain identifier is published",
            "发布表不含明文标识",
            table="staged.texts",
            dimension="privacy",
            principle=[1],
            rows_checked=1128,
        ),
        titled(
            "REL-03",
            "Staged files are what their record says",
            "待发布文件与记录一致",
            table="staged.files",
            dimension="integrity",
            rows_checked=4,
        ),
    ]


def core_tables(settings: Settings, ctx: RunContext) -> None:
    """History, verdicts, core and marts as far as the reconciliation reads them."""
    con = duckdb.connect(str(settings.warehouse_path))
    con.execute(f"""
        create schema if not exists history; create schema if not exists core; create schema if not exists marts;
        create schema if not exists audit;
        create or replace table history.hist_facility as
        select 'ibrd' as source_system, case when i < 90 then 'b1' else 'b2' end as batch_id, i as source_row,
            date '2022-04-30' as business_date, timestamp '2022-05-01' as known_at
        from range(180) s(i);
        create or replace table audit.quarantine as
        select '{ctx.run_id}' as run_id, 'hist_facility' as relation, 'b1' as batch_id, i as source_row, c as control_id
        from range(4) s(i), (values ('DQ-24'), ('DQ-40')) v(c);
        create or replace table core.dim_customer as select 'ibrd' as source_system from range(141);
        create or replace table marts.mart_customer_rfm as select date '{ctx.as_of_date}' as as_of_date from range(141);
    """)
    statement_tables(con, ctx)
    con.close()


def statement_tables(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> None:
    """What two sources of statements can tell, and twenty labels of one that no item took."""
    con.execute(f"""
        create schema if not exists seeds;
        create or replace table seeds.financial_ratio as
        select * from (values ('L1', 1, 'Current ratio', '流动比率'), ('C1', 2, 'Interest cover', '已获利息倍数'))
            v(ratio_id, sort_order, name_en, name_zh);
        create or replace table marts.mart_financial_coverage as
        select date '{ctx.as_of_date}' as as_of_date, * from (values
            ('sec', 'C1', 430, 301, 3, 126, 70.00), ('sec', 'L1', 430, 355, 1, 74, 82.56),
            ('nyse', 'L1', 448, 448, 0, 0, 100.00), ('nyse', 'C1', 448, 448, 0, 0, 100.00)
        ) v(source_system, ratio_id, customer_count, number_count, special_count, missing_count, number_share_pct);
        create or replace table core.fct_statement_line_unmapped as
        select 'sec' as source_system, 'us-gaap:Note' || i as source_label, 'no_item' as reason, 900 - i as line_count,
            400 - i as statement_count
        from range(19) s(i)
        union all select 'sec', 'us-gaap:InterestExpense', 'wrong_sign', 72, 430;
    """)


def inputs(settings: Settings) -> None:
    totals = {
        "declared": {"rows": 8986, "sums": {"disbursed": "1.50"}},
        "actual": {"rows": 8986, "sums": {"disbursed": "1.5"}},
    }
    write_batch(
        settings, "ibrd", "loans", "2022-03-31", sha256="ab" * 32, rows_read=8873, rows_loaded=8873, rows_quarantined=0
    )
    write_batch(settings, "ibrd", "loans", "2022-04-30", sha256="cd" * 32, control_totals=totals)
    write_batch(
        settings,
        "sec",
        "num",
        "2009-09-30",
        sha256="ef" * 32,
        file_name="2009q3.zip",
        member="num.txt",
        rows_read=126650,
        rows_loaded=126650,
        rows_quarantined=0,
    )


def accepted(settings: Settings, run_id: str = "20220608T013000Z-accepted", customers: int = 141) -> RunContext:
    ctx = make_context(run_id, base_currency="USD")
    inputs(settings)
    make_warehouse(settings, ctx, customers)
    core_tables(settings, ctx)
    stage_release(settings, ctx)
    write_gate(settings, ctx, "landing", landing_controls())
    write_gate(settings, ctx, "core", core_controls())
    write_gate(settings, ctx, "marts", marts_controls())
    write_gate(settings, ctx, "release", release_controls())
    return ctx


def earlier_release(settings: Settings) -> str:
    """A release of the month before with other counts, so that there is something to compare with."""
    ctx = make_context("20220506T013000Z-earlier", "2022-04-30", config_version="beef00123456")
    write_batch(
        settings, "ibrd", "loans", "2022-03-31", sha256="ab" * 32, rows_read=8873, rows_loaded=8873, rows_quarantined=0
    )
    make_warehouse(settings, ctx, 130)
    stage_release(settings, ctx)
    for gate, controls in (
        ("landing", landing_controls()[:3]),
        ("core", core_controls()[1:]),
        ("marts", marts_controls()),
        ("release", release_controls()),
    ):
        write_gate(settings, ctx, gate, controls)
    write_report(settings, ctx)
    return publish(settings, ctx, at=AT, actor="tester").release_id


def blocked(settings: Settings) -> RunContext:
    ctx = make_context("20220608T020000Z-blocked")
    inputs(settings)
    write_gate(settings, ctx, "landing", landing_controls())
    broken = titled(
        "DQ-40",
        "Maturity follows inception",
        "到期日不早于起始日",
        "error",
        table="core.dim_facility",
        message="Binder Error: column maturity not found",
    )
    write_gate(settings, ctx, "core", [*core_controls(balanced=False), broken])
    return ctx


def main() -> None:
    settings = make_settings(Path(sys.argv[1]))
    earlier_release(settings)
    for ctx in (accepted(settings), blocked(settings)):
        sys.stdout.write(f"{write_report(settings, ctx)}\n")


if __name__ == "__main__":
    main()
