"""The contract of a source: what it accepts, and errors that name the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from landing_bank import LOAN_COLUMNS, PERSON_COLUMNS, Bank

from lendmart.errors import LendmartError
from lendmart.landing import ensure_schemas
from lendmart.landing.contract import load_contracts
from lendmart.settings import Settings


def _edit(path: Path, keys: list[Any], value: Any) -> None:
    document = yaml.safe_load(path.read_text("utf-8"))
    node = document["sources"][0]
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = value
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")


LANDING = ["tables", 0, "meta", "landing"]
COLUMN = ["tables", 0, "columns", 2]


@pytest.mark.parametrize(
    ("keys", "value", "expected"),
    [
        (["name"], "other", "source bank: key name: found 'other', expected 'bank'"),
        (["schema"], "main", "source bank: key schema: found 'main', expected 'raw'"),
        (["tables"], [], "source bank: key tables: expected a list"),
        (["meta", "owner"], "", "source bank: key owner: found ''"),
        (["meta", "controls"], [{"id": "DQ-24", "params": {}}], "key controls.0.rationale: missing"),
        (["tables", 0, "identifier"], "x", "table loans: key identifier: found 'x', expected 'bank__loans'"),
        (["tables", 0, "meta"], {}, "table loans: key meta.landing: found None"),
        ([*LANDING, "globb"], "x", "table loans, meta.landing: key globb: unknown key (found 'x')"),
        ([*LANDING, "domain"], "x", "key domain: found 'x'"),
        ([*LANDING, "glob"], "../*.csv", "key glob: found '../*.csv', expected a pattern relative"),
        ([*LANDING, "format"], "xls", "key format: found 'xls'"),
        ([*LANDING, "format"], "zip", "'member' and 'member_format' are given with format zip"),
        ([*LANDING, "encoding"], "klingon", "key encoding: found 'klingon'"),
        ([*LANDING, "sheet"], "S", "'sheet' is an option of xlsx, not of csv"),
        ([*LANDING, "skip_rows"], -1, "key skip_rows: found -1"),
        ([*LANDING, "date_formats"], ["%Y-%Q"], "the format '%Y-%Q' has unknown specifiers ['Q']"),
        ([*LANDING, "date_formats"], ["excel"], "expected strptime formats or excel_1900, excel_1904, sas"),
        ([*LANDING, "true_strings"], ["N"], "['n'] stand in 'true_strings' and in 'false_strings'"),
        ([*LANDING, "true_strings"], [], "key true_strings: found []"),
        ([*LANDING, "wide"], {"columns": "(", "name_to": "note", "value_to": "amount"}, "not a regular expression"),
        ([*LANDING, "wide"], {"columns": "x", "name_to": "note", "value_to": "note"}, "are the same column"),
        ([*LANDING, "wide"], {"columns": "x", "name_to": "note", "value_to": "y"}, "wide: found ['y'], expected names"),
        ([*LANDING, "header"], "maybe", "key header: found 'maybe'"),
        ([*LANDING, "lag_days"], -1, "key lag_days: found -1"),
        ([*LANDING, "thousands"], ".", "the same mark"),
        ([*LANDING, "delimiter"], '"', "cannot also be the quote"),
        ([*LANDING, "business_date"], {}, "expected either 'column' or 'file_name'"),
        ([*LANDING, "business_date"], {"latest": "Note"}, "business_date.latest: found 'Note', expected"),
        ([*LANDING, "business_date"], {"constant": "2024-13-01"}, "key business_date.constant: found '2024-13-01'"),
        ([*LANDING, "business_date"], {"constant": "2024-01-01", "latest": "Signed"}, "and only one"),
        ([*LANDING, "business_date"], {"column": "Note"}, "expected the source_name of a date column"),
        ([*LANDING, "business_date"], {"file_name": "(", "format": "%Y"}, "not a regular expression"),
        ([*LANDING, "business_date"], {"file_name": "x", "format": "%Y"}, "needs a group"),
        ([*LANDING, "key"], ["nothing"], "key: found ['nothing'], expected names of columns"),
        ([*LANDING, "control_totals"], {"sidecar": "totals.json"}, "holds '{file}'"),
        ([*COLUMN, "data_type"], "double", "column amount: key data_type: found 'double', expected one of"),
        ([*COLUMN, "data_type"], "decimal(39,2)", "column amount: key data_type"),
        ([*COLUMN, "data_type"], "decimal(10,11)", "column amount: key data_type"),
        ([*COLUMN, "name"], "Amount", "column Amount: key name: found 'Amount'"),
        ([*COLUMN, "name"], "batch_id", "column batch_id stands twice"),
        ([*COLUMN, "meta"], {}, "column amount: key source_name: missing"),
        ([*COLUMN, "meta"], {"source_name": "Note"}, "source_name Note stands twice"),
        ([*COLUMN, "meta", "identifer"], "cn_ric", "column amount: key meta: found ['identifer'], expected only"),
        ([*COLUMN, "meta", "identifier"], "cn_ric", "an identifier has data_type varchar, found decimal(20,2)"),
        ([*COLUMN, "meta", "width"], 4, "column amount: 'width' is an option of fixed_width, not of csv"),
        ([*COLUMN, "meta", "derive"], ["birth_year"], "only identifiers cn_ric, cz_birth_number tell a birth year"),
        ([*COLUMN, "meta", "thousands"], ".", "column amount: 'thousands' and 'decimal' are the same mark '.'"),
        ([*COLUMN, "meta", "date_formats"], ["%4"], "column amount, meta: key date_formats"),
        ([*COLUMN, "meta", "full_width"], True, "column amount: key meta: found ['full_width'], expected only"),
        ([*COLUMN, "meta", "since"], 2, "column amount: since 2 is after contract_version 1"),
    ],
)
def test_a_mistake_is_named_with_its_place(bank: Bank, keys: list[Any], value: Any, expected: str) -> None:
    path = bank.declare()
    _edit(path, keys, value)
    with pytest.raises(LendmartError) as caught:
        load_contracts(bank.settings)
    assert expected in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("options", "metas", "expected"),
    [
        ({"format": "fixed_width"}, {}, "column loan_id: 'width' is missing; only the last column may have none"),
        ({"format": "jsonl", "delimiter": ";"}, {}, "'delimiter' is an option of csv, tsv, not of jsonl"),
        (
            {"format": "parquet", "encoding": "gbk"},
            {},
            "'encoding' is an option of csv, tsv, fixed_width, jsonl, not of",
        ),
        ({"format": "jsonl"}, {"loan_id": "#1"}, "column loan_id: source_name #1 has no meaning here"),
        (
            {"format": "jsonl"},
            {"loan_id": "a", "note": "a.b"},
            "source_name 'a' is a value, so 'a.b' cannot stand in it",
        ),
        ({"header": False}, {"loan_id": "#2"}, "column loan_id: source_name #2 has no meaning here"),
        (
            {"header": False, "wide": {"columns": "x", "name_to": "note", "value_to": "amount"}},
            {},
            "'wide' needs a header",
        ),
        ({"format": "zip", "member": "a", "member_format": "zip"}, {}, "key member_format: found 'zip'"),
    ],
)
def test_options_that_do_not_fit_each_other(
    bank: Bank, options: dict[str, Any], metas: dict[str, str], expected: str
) -> None:
    columns = [
        {**column, "meta": {"source_name": metas.get(column["name"], column["meta"]["source_name"])}}
        for column in LOAN_COLUMNS
    ]
    bank.declare(columns, **options)
    with pytest.raises(LendmartError) as caught:
        load_contracts(bank.settings)
    assert expected in str(caught.value)


def test_broken_yaml_is_named(bank: Bank) -> None:
    path = bank.declare()
    path.write_text("sources: [", "utf-8")
    with pytest.raises(LendmartError, match="cannot be read as YAML"):
        load_contracts(bank.settings)


def test_meta_is_read_from_config_too(bank: Bank) -> None:
    columns = [{**column, "config": {"meta": column["meta"]}, "meta": {}} for column in LOAN_COLUMNS]
    bank.declare(columns)
    feed = load_contracts(bank.settings)["bank"].feeds["loans"]
    assert feed.columns[0].source_name == "Loan ID"


def test_landed_columns_replace_identifiers_of_persons_and_end_with_the_batch(bank: Bank) -> None:
    bank.declare(PERSON_COLUMNS)
    feed = load_contracts(bank.settings)["bank"].feeds["loans"]
    assert feed.landed_columns() == [
        ("customer_id", "varchar"),
        ("id_number_pseudonym", "varchar"),
        ("id_number_valid", "boolean"),
        ("mobile_pseudonym", "varchar"),
        ("mobile_valid", "boolean"),
        ("person_name_pseudonym", "varchar"),
        ("person_name_valid", "boolean"),
        ("uscc", "varchar"),
        ("uscc_valid", "boolean"),
        ("income", "decimal(20,2)"),
        ("batch_id", "varchar"),
        ("source_row", "bigint"),
        ("business_date", "date"),
        ("known_at", "timestamp"),
        ("version_no", "integer"),
    ]


@pytest.mark.parametrize(("privacy", "sealed"), [(None, False), ("public", False), ("C1", False), ("C2", True)])
def test_a_social_credit_code_is_sealed_only_where_it_is_personal(bank: Bank, privacy: str, sealed: bool) -> None:
    meta = {"source_name": "USCC", "identifier": "cn_uscc", "privacy": privacy}
    bank.declare([*LOAN_COLUMNS, {"name": "uscc", "data_type": "varchar", "meta": meta}])
    assert load_contracts(bank.settings)["bank"].feeds["loans"].holds_persons is sealed


def test_empty_schema_batch_is_typed_and_follows_the_contract(bank: Bank) -> None:
    settings = bank.settings
    ensure_schemas(settings, load_contracts(settings))
    before = bank.lake_files()
    assert bank.query("select count(*), any_value(typeof(amount)) from lake") == [(0, None)]
    ensure_schemas(settings, load_contracts(settings))
    assert bank.lake_files() == before
    bank.declare([*LOAN_COLUMNS, {"name": "extra", "data_type": "date", "meta": {"source_name": "Extra"}}])
    ensure_schemas(settings, load_contracts(settings))
    assert list(bank.lake_files()) == list(before)
    described = {row[0]: row[1] for row in bank.query("describe lake")}
    assert described["extra"] == "DATE"
    assert described["amount"] == "DECIMAL(20,2)"
    assert described["known_at"] == "TIMESTAMP"


def test_shipped_contracts_are_valid() -> None:
    assert "ibrd" in load_contracts(Settings())
