"""A tiny bank in a real DuckDB file: every relation that a control reads, with rows that pass every control.

The canonical columns come from the dbt macro, so that a column renamed there breaks these tests too.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
from worlds import DERIVED, GOOD_ROWS, RELATIONS, reference_sources

from lendmart.publishing import durable
from lendmart.publishing.content_hash import table_hash
from lendmart.publishing.ledger import utc_text
from lendmart.run import RunContext
from lendmart.settings import PROJECT_ROOT, Settings
from lendmart.warehouse import open_warehouse
from lendmart.warehouse.audit import create_audit_tables
from lendmart.warehouse.entities import ENTITIES

AS_OF = date(2024, 6, 30)
CUTOFF = datetime(2024, 7, 8)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI
BATCH = "20240630-aaaaaaaaaaaa"
RELEASE = "2024-06-30-bbbbbbbbbbbb"
LINEAGE = (
    ("source_system", "varchar"),
    ("batch_id", "varchar"),
    ("source_row", "bigint"),
    ("business_date", "date"),
    ("known_at", "timestamp"),
    ("version_no", "integer"),
    ("is_deleted", "boolean"),
)

CONTRACT = """
version: 2
sources:
  - name: {source}
    schema: raw
    description: A source of the tests.
    meta:
      title: {{en: "{source}", zh: "{source}"}}
      owner: data-engineering
      controls: {controls}
    tables:
      - name: {feed}
        identifier: {source}__{feed}
        description: A feed of the tests.
        meta:
          landing:
            domain: credit_records
            glob: "*.csv"
            format: csv
            business_date: {{file_name: "^{feed}_(?P<date>\\\\d{{8}})", format: "%Y%m%d"}}
            lag_days: 1
            key: [{key}]
        columns:
          - name: {key}
            data_type: varchar
            description: Key.
            meta: {{source_name: "{key}"}}
"""

# Relations that are not canonical entities; the columns are the ones that controls read.
SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
OTHER_RELATIONS = f"""
create table seeds.statement_item as
select * from read_csv('{SEEDS / "statement_item.csv"}', header = true, all_varchar = true);

create table raw.ibrd__loans as
select 'IBRD1' as loan_number, 100.00::decimal(38, 12) as borrowers_obligation, 90.00::decimal(38, 12) as due_to_ibrd,
  10.00::decimal(38, 12) as exchange_adjustment, 120.00::decimal(38, 12) as disbursed_amount,
  30.00::decimal(38, 12) as repaid_to_ibrd, null::decimal(38, 12) as sold_3rd_party, '{BATCH}' as batch_id,
  1::bigint as source_row, date '{AS_OF}' as business_date, timestamp '2024-07-01' as known_at, 1 as version_no;

create table raw.demo__persons as
select 'P1' as customer_no, true as mobile_valid, '{BATCH}' as batch_id, 1::bigint as source_row,
  date '{AS_OF}' as business_date, timestamp '2024-07-01' as known_at, 1 as version_no;

create table core.fct_facility_snapshot as
select *, null::date as exit_reporting_date from core.dim_facility
union all by name
select * replace (date '2024-05-31' as reporting_date, 7::bigint + source_row as source_row) from core.dim_facility;

create table seeds.credit_event_type as
select * from (values ('drawdown', true, true, false), ('application', true, false, false), ('fee', false, false, true))
  as t (event_type, feeds_r, feeds_m, feeds_revenue);
create table seeds.screening_list as select unnest(['sanctions', 'internal_fraud']) as list_type;

create table seeds.product_family as select 'revolving_trade' as product_family, 36 as window_months;

create table seeds.code_region_province as
select * from (values ('GB/T 2260-2007', '99', false)) as t (list_version, province_code, is_synthetic);

create table seeds.code_industry_section as
select * from (values ('GB/T 4754-2017', 'C', '13', '43'), ('GB/T 4754-2017', 'D', '44', '46'))
  as t (list_version, section_code, first_division, last_division);

create table seeds.segment as select * from (values ('CHAMPIONS'), ('PROSPECT')) as t (segment_code);

create table marts.mart_customer_rfm as
select date '{AS_OF}' as as_of_date, customer_id, 5 as r_score, 5 as f_score, 5 as m_score, 5 as fm_score,
  5.0::decimal(7, 4) as value_score, 100.0::decimal(7, 2) as rfm_value_100, 'CHAMPIONS' as segment_code,
  5 as p_score, 5.0::decimal(7, 4) as value_with_p_score, 'NONE' as gate
from core.dim_customer;

create table pub.pub_segment_customer_v1 as
select date '{AS_OF}' as as_of_date, sha256(customer_id) as customer_pseudonym, segment_code, 'NONE' as gate,
  'RM_PLAN' as action_code, false as is_offer_blocked
from marts.mart_customer_rfm;

create table pub.pub_segment_summary_v1 as
select date '{AS_OF}' as as_of_date, 'CHAMPIONS' as segment_code, 'term_corporate' as product_family,
  'CNY' as currency, 3::bigint as customer_count;

create table audit.fct_batch as
select 'demo' as source, 'enterprises' as feed, '{BATCH}' as batch_id, 'enterprises_20240630.csv' as file_name,
  3::bigint as rows_read, 3::bigint as rows_loaded, 0::bigint as rows_quarantined, 3::bigint as declared_rows,
  '{{}}' as declared_sums, '{{}}' as actual_sums, true as totals_match, true as is_in_run,
  '{BATCH}' as delivery_id, 0::bigint as rows_corrected, date '{AS_OF}' as business_date, 1 as version_no,
  timestamp '2024-07-01 01:30:00' as known_at, timestamp '2024-07-01 06:00:00' as sla_at, true as is_snapshot
union all
select 'ibrd', 'loans', '20240630-000000000000', 'ibrd_loans_2024-06-30.csv', 3, 3, 0, null, null, null, null, true,
  '20240630-000000000000', 0, date '{AS_OF}', 1, timestamp '2024-07-01', timestamp '2024-07-01 06:00:00', false;
"""
KEYS = {
    "pub_segment_customer_v1": ["as_of_date", "customer_pseudonym"],
    "pub_segment_summary_v1": ["as_of_date", "segment_code", "product_family", "currency"],
    "pub_segment_migration_v1": ["as_of_date", "migration_kind", "from_segment_code", "to_segment_code", "currency"],
}


@dataclass
class World:
    """One project, one home, one run."""

    settings: Settings
    ctx: RunContext

    def sql(self, *statements: str) -> list[tuple[object, ...]]:
        """Execute statements on the warehouse; returns the rows of the last."""
        con = open_warehouse(self.settings)
        try:
            for statement in statements:
                con.execute(statement)
            return con.fetchall()
        finally:
            con.close()

    def result(self, gate: str) -> dict[str, dict[str, object]]:
        """The stored controls of a gate by instance (the last one where an instance serves several tables)."""
        record = json.loads(self.ctx.validation_file(self.settings, gate).read_text(encoding="utf-8"))
        return {control["instance"]: control for control in record["controls"]}

    def write_controls(self, gate: str, text: str, name: str = "made.yml") -> Path:
        """Put a control file in place of whatever the project has."""
        folder = self.settings.expectations_dir / gate
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def write_contract(self, source: str, feed: str, key: str, controls: str = "[]") -> None:
        """A source folder with its contract."""
        folder = self.settings.staging_models_dir / source
        folder.mkdir(parents=True, exist_ok=True)
        text = CONTRACT.format(source=source, feed=feed, key=key, controls=controls)
        (folder / f"_{source}__sources.yml").write_text(text, encoding="utf-8")

    def add_staging(self, source: str, entity: str) -> None:
        """The file by which the project knows that a source delivers an entity."""
        folder = self.settings.staging_models_dir / source
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"stg_{source}__{entity}.sql").write_text("select 1\n", encoding="utf-8")


def empty_world(folder: Path, sources: tuple[str, ...] = ("demo", "ibrd")) -> World:
    """A project without controls and a home without a warehouse."""
    settings = Settings(project_root=folder / "project", home=folder / "home", threads=2)
    ctx = RunContext("run-1", AS_OF, CUTOFF, sources, "CNY", "config", "key", "code")
    world = World(settings, ctx)
    world.write_contract("demo", "persons", "customer_no")
    world.write_contract("ibrd", "loans", "loan_number")
    for entity in ENTITIES:
        world.add_staging("demo", entity)
    return world


def good_world(folder: Path) -> World:
    """The tiny bank, its warehouse built and its release staged, without controls."""
    world = empty_world(folder, ("demo", "ibrd", *reference_sources.FEEDS))
    for source, (feed, key) in reference_sources.FEEDS.items():
        world.write_contract(source, feed, key)
    settings = world.settings
    settings.warehouse_path.parent.mkdir(parents=True)
    con = open_warehouse(settings)
    try:
        for schema in ("raw", "staging", "history", "core", "marts", "pub", "audit", "seeds"):
            con.execute(f"create schema {schema}")
        create_audit_tables(con)
        for entity in ENTITIES:
            create_entity(con, entity, GOOD_ROWS.get(entity, []))
        con.execute(OTHER_RELATIONS)
        for statements in RELATIONS:
            con.execute(statements)
        con.execute(wide_statements(con))
        stage(con, settings, world.ctx)
    finally:
        con.close()
    return world


def canonical_columns(entity: str) -> list[tuple[str, str]]:
    """Name and type of each canonical column, from the dbt macro."""
    macro = (PROJECT_ROOT / "dbt_project" / "macros" / "canonical.sql").read_text(encoding="utf-8")
    body = re.search(rf"'{entity}': \[(.*?)\],\n        '|'{entity}': \[(.*?)\],\n    \}}", macro, re.DOTALL)
    assert body is not None, entity
    pairs = re.findall(r"\('(\w+)', (?:'([^']+)'|money)\)", body[1] or body[2])
    return [(name, data_type or "decimal(20, 2)") for name, data_type in pairs]


def create_entity(con: duckdb.DuckDBPyConnection, entity: str, rows: list[dict[str, object]]) -> None:
    """The same rows as staging model of the source demo, as history and as core."""
    columns = [*canonical_columns(entity), *LINEAGE]
    ddl = ", ".join(f"{name} {data_type}" for name, data_type in columns)
    con.execute(f"create table staging.stg_demo__{entity} ({ddl})")
    for number, row in enumerate(rows, start=1):
        lineage = {
            "source_system": "demo", "batch_id": BATCH, "source_row": number, "business_date": AS_OF,
            "known_at": "2024-07-01 00:00:00", "version_no": 1, "is_deleted": False,
        }  # fmt: skip
        values = {**row, **lineage}
        marks = ", ".join(f"${name}" for name in values)
        con.execute(f"insert into staging.stg_demo__{entity} ({', '.join(values)}) values ({marks})", values)
    con.execute(f"create table history.hist_{entity} as select * from staging.stg_demo__{entity}")
    extra = f", {DERIVED[entity]}" if entity in DERIVED else ""
    con.execute(
        f"create table core.{ENTITIES[entity].core} as select * exclude (business_date, version_no, is_deleted), "
        f"false as dq_flag{extra} from staging.stg_demo__{entity}"
    )


def wide_statements(con: duckdb.DuckDBPyConnection) -> str:
    """A view with the columns of the model fct_statement_wide, so that it follows what a test does to the lines."""
    items = con.execute("select item_code from seeds.statement_item order by item_code").fetchall()
    amounts = ", ".join(f"max(line_amt) filter (item_code = '{item}') as {item.lower()}_amt" for (item,) in items)
    return f"""
        create view core.fct_statement_wide as
        select statement_id, line.period_end_date, statement.customer_id, statement.currency,
            line.period_end_date = statement.period_end_date as is_own_period, statement.period_months as flow_months,
            {amounts}
        from core.fct_statement_line as line
        inner join core.fct_statement as statement using (statement_id)
        group by all
    """


def stage(con: duckdb.DuckDBPyConnection, settings: Settings, ctx: RunContext) -> None:
    """Stage the published tables as the release step does: Parquet, and what is recorded of it."""
    folder = ctx.staged_release_dir(settings)
    (folder / "tables").mkdir(parents=True)
    outputs = []
    for table, key in KEYS.items():
        path = folder / "tables" / f"{table}.parquet"
        con.execute(f"copy (select * from pub.{table} order by {', '.join(key)}) to '{path}' (format parquet)")
        hashed = table_hash(con, f"read_parquet('{path}')", key)
        outputs.append(
            {
                "table": table, "file": f"tables/{table}.parquet", "key": key, "rows": hashed.rows,
                "sha256": durable.sha256_of_file(path), "content_sha256": hashed.sha256,
            }
        )  # fmt: skip
    dictionary = folder / "data_dictionary.json"
    dictionary.write_text("{}\n", encoding="utf-8")
    files = [{"file": dictionary.name, "sha256": durable.sha256_of_file(dictionary)}]
    pure = {
        "as_of_date": ctx.as_of_date.isoformat(), "knowledge_cutoff": utc_text(ctx.knowledge_cutoff),
        "sources": sorted(ctx.sources), "base_currency": ctx.base_currency, "config_version": ctx.config_version,
        "key_id": ctx.key_id, "code_sha": ctx.code_sha,
    }  # fmt: skip
    record = {**pure, "outputs": outputs, "files": files}
    (folder / "outputs.json").write_text(json.dumps(record), encoding="utf-8")
    published = settings.releases_dir / RELEASE
    published.mkdir()
    manifest = {**record, "release_id": RELEASE, "inputs": []}
    (published / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def copy_of(template: World, folder: Path) -> World:
    """An own copy of a world, so that a test may break it."""
    shutil.copytree(template.settings.project_root, folder / "project")
    shutil.copytree(template.settings.home, folder / "home")
    settings = Settings(project_root=folder / "project", home=folder / "home", threads=2)
    return World(settings, template.ctx)
