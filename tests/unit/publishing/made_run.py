"""A run made by hand: a small warehouse, dbt's manifest, batches in the lake and the results of the gates.

Everything is a real file where the product looks for it; only the steps that would have written them did not run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from lendmart.run import RunContext
from lendmart.settings import Settings

CUTOFF = datetime.fromisoformat("2022-06-07T16:00:00")
AT = datetime.fromisoformat("2022-06-08T01:30:00")
GATES = ("landing", "core", "marts", "release")


def make_settings(home: Path, **overrides: Any) -> Settings:
    return Settings(home=home, threads=2, lock_timeout_seconds=30, **overrides)


def make_context(run_id: str = "run-1", as_of: str = "2022-05-31", **overrides: Any) -> RunContext:
    values: dict[str, Any] = {
        "run_id": run_id,
        "as_of_date": date.fromisoformat(as_of),
        "knowledge_cutoff": CUTOFF,
        "sources": ("ibrd", "sec"),
        "base_currency": "USD",
        "config_version": "c0ffee123456",
        "key_id": "key-1",
        "code_sha": "0123456789abcdef0123456789abcdef01234567",
    }
    return RunContext(**{**values, **overrides})


def make_warehouse(settings: Settings, ctx: RunContext, customers: int = 40, *, shuffle: bool = False) -> None:
    """Schema ``pub`` with rows of ``as_of_date`` and of an earlier date that must not be published."""
    settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(settings.warehouse_path))
    order = "order by hash(i)" if shuffle else "order by i"
    con.execute(f"""
        create schema if not exists pub;
        create or replace table pub.pub_segment_customer_v1 as
        select
            d.day as as_of_date,
            md5('c' || i) as customer_pseudonym,
            case when i % 3 = 0 then 'champions' when i % 3 = 1 then 'at_risk' else 'loyal' end as segment_code,
            cast(i * 100 + 0.5 as decimal(20, 2)) as exposure_amt,
            cast(nullif(i % 5, 0) as integer) as r_score,
            i % 7 = 0 as dq_flag
        from range({customers}) s(i), (values (date '{ctx.as_of_date}'), (date '2021-12-31')) d(day)
        {order};
        create or replace table pub.pub_segment_summary_v1 as
        select
            as_of_date,
            segment_code,
            case segment_code when 'champions' then 'Champions' when 'loyal' then 'Loyal' else 'At Risk' end
                as segment_en,
            case segment_code when 'champions' then '核心客户' when 'loyal' then '忠诚客户' else '有风险客户' end
                as segment_zh,
            'term_corporate' as product_family,
            'USD' as currency,
            count(*) as customer_count,
            cast(sum(exposure_amt) as decimal(20, 2)) as exposure_amt
        from pub.pub_segment_customer_v1
        group by all
    """)
    con.close()
    write_dbt_manifest(settings)


EXPOSURE = {
    "name": "board",
    "label": "Board 看板",
    "type": "dashboard",
    "description": "Segments of the month.",
    "owner": {"name": "bi", "email": None},
    "depends_on": {"nodes": ["model.lendmart.pub_segment_summary_v1"], "macros": []},
}


def write_dbt_manifest(settings: Settings) -> None:
    keys = {
        "pub_segment_customer_v1": ["as_of_date", "customer_pseudonym"],
        "pub_segment_summary_v1": ["as_of_date", "segment_code", "product_family", "currency"],
    }
    columns = {
        "pub_segment_customer_v1": [
            "as_of_date", "customer_pseudonym", "segment_code", "exposure_amt", "r_score", "dq_flag",
        ],
        "pub_segment_summary_v1": [
            "as_of_date", "segment_code", "segment_en", "segment_zh", "product_family", "currency", "customer_count",
            "exposure_amt",
        ],
    }  # fmt: skip
    caveats = {"caveats": ["not_a_credit_decision"]}
    metric = {"name": "exposure", "en": "Exposure", "zh": "敞口", "expression": "sum(exposure_amt)", "unit": "currency"}
    nodes = {
        f"model.lendmart.{table}": {
            "resource_type": "model",
            "schema": "pub",
            "name": table,
            "alias": table,
            "description": f"What {table} holds.",
            "config": {
                "meta": {
                    "grain": key,
                    "owner": "customer-analytics",
                    "description_zh": f"{table} 的内容",
                    "metrics": [metric],
                    **caveats,
                }
            },
            "columns": {
                name: {
                    "name": name,
                    "description": f"The {name.replace('_', ' ')}.",
                    "meta": {"privacy": "C1"} if name == "customer_pseudonym" else {},
                }
                for name in columns[table]
            },
        }
        for table, key in keys.items()
    }
    target = settings.warehouse_path.parent / "target"
    target.mkdir(parents=True, exist_ok=True)
    (target / "manifest.json").write_text(
        json.dumps({"nodes": nodes, "groups": {}, "exposures": {"exposure.lendmart.board": EXPOSURE}}), encoding="utf-8"
    )


def write_batch(
    settings: Settings, source: str = "ibrd", feed: str = "loans", business_date: str = "2022-04-30", **overrides: Any
) -> dict[str, Any]:
    """A batch manifest in the lake, as landing writes it."""
    sha256 = overrides.pop("sha256", f"{abs(hash((source, feed, business_date))) % 16**12:012x}".ljust(64, "0"))
    batch_id = f"{business_date.replace('-', '')}-{sha256[:12]}"
    manifest: dict[str, Any] = {
        "source": source,
        "feed": feed,
        "batch_id": batch_id,
        "file_name": f"{source}_{feed}_{business_date}.csv",
        "member": None,
        "sha256": sha256,
        "bytes": 123456,
        "business_date": business_date,
        "known_at": f"{business_date}T00:00:00",
        "version_no": 1,
        "contract_version": 1,
        "rows_read": 8986,
        "rows_loaded": 8985,
        "rows_quarantined": 1,
        "control_totals": {"declared": None, "actual": {"rows": 8986, "sums": {}}},
        "schema_fingerprint": "f" * 64,
        "domain": "credit_records",
        **overrides,
    }
    folder = settings.raw_dir / source / feed / f"batch_id={batch_id}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return manifest


def control(control_id: str, status: str = "pass", **overrides: Any) -> dict[str, Any]:
    """One control's result in the stable form of ``validation/<gate>.json``."""
    failed = 0 if status in ("pass", "not_run", "error") else 3
    return {
        "id": control_id,
        "instance": control_id,
        "title": {"en": f"Control {control_id}", "zh": f"控制 {control_id}"},
        "dimension": "consistency",
        "severity": "block",
        "effective_severity": "block",
        "tolerance": 0,
        "owner": "risk-data",
        "principle": [3],
        "table": "core.fct_statement",
        "rationale": "",
        "assertion": f"select * from {{batch}} where not ok -- {control_id}",
        "params": {},
        "sources": ["ibrd", "sec"],
        "expectation_type": "unexpected_rows_expectation",
        "rows_checked": 1000,
        "rows_failed": failed,
        "fail_share": failed / 1000,
        "status": status,
        "message": "",
        "override": None,
        "samples": [],
        "samples_total": failed,
        "earlier_passes": [],
        "gx": {"success": status == "pass"},
        **overrides,
    }


def write_gate(settings: Settings, ctx: RunContext, gate: str, controls: Sequence[dict[str, Any]]) -> Path:
    path = ctx.validation_file(settings, gate)
    path.parent.mkdir(parents=True, exist_ok=True)
    statuses = [item["status"] for item in controls]
    summary = {
        "controls": len(statuses),
        "passed": statuses.count("pass"),
        "warned": statuses.count("warn"),
        "quarantined": statuses.count("quarantined"),
        "failed": statuses.count("fail"),
        "errors": statuses.count("error"),
        "not_run": statuses.count("not_run"),
    }
    result = {
        "gate": gate,
        "run_id": ctx.run_id,
        "as_of_date": ctx.as_of_date.isoformat(),
        "knowledge_cutoff": ctx.knowledge_cutoff.isoformat(),
        "engine": {"great_expectations": "1.24.1", "duckdb": "2.0.0"},
        "controls": list(controls),
        "summary": summary,
    }
    path.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
    return path


def pass_all_gates(settings: Settings, ctx: RunContext) -> None:
    for number, gate in enumerate(GATES):
        write_gate(settings, ctx, gate, [control(f"DQ-{number}1"), control(f"DQ-{number}2", "warn")])


def ready_to_publish(settings: Settings, ctx: RunContext, customers: int = 40, **warehouse: Any) -> None:
    """Warehouse, staged release, results of all gates and a report: what publish expects to find."""
    from lendmart.publishing import stage_release

    make_warehouse(settings, ctx, customers, **warehouse)
    write_batch(settings, "ibrd", "loans", "2022-04-30", sha256="a" * 64)
    write_batch(settings, "sec", "sub", "2022-03-31", sha256="b" * 64)
    stage_release(settings, ctx)
    pass_all_gates(settings, ctx)
    (ctx.evidence_dir(settings) / "report.html").write_text("<!doctype html><title>report</title>", encoding="utf-8")
