"""Every message that a gate writes has a Chinese form in the report."""

from __future__ import annotations

import re
import shutil

import pytest
from control_world import World

from lendmart.errors import ControlBlockedError
from lendmart.quality import run_gate
from lendmart.quality.report.chinese import in_chinese
from lendmart.settings import PROJECT_ROOT


@pytest.mark.parametrize(
    ("message", "chinese"),
    [
        ("there were no rows to check", "没有可检查的行"),
        ("belongs to ibrd, sec", "仅适用于数据源 ibrd, sec"),
        ("switched off for source sec", "数据源 sec 已停用此规则"),
        (
            "8 of 10 rows; batch b1: 1, batch b2: 7; within the tolerance of 80.00%",
            "10 行中有 8 行违规；批次 b1：1 行, 批次 b2：7 行；在容忍度 80.00% 以内",
        ),
        (
            "over the tolerance of 0.50% a batch: batch b1: 3 of 10 rows (30.00%), and 4 more batches; "
            "7 of 90 rows quarantined, in 5 batches",
            "超过每批次容忍度 0.50%：批次 b1：10 行中的 3 行（30.00%），另有 4 个批次；"
            "90 行中有 7 行被隔离，涉及 5 个批次",
        ),
        ("1 of 3 rows quarantined, in 1 batch; then there were no rows to check",
         "3 行中有 1 行被隔离，涉及 1 个批次；之后没有可检查的行"),
        (
            "1 of 3 rows; waived by Zhao Lan until 2024-06-30",
            "3 行中有 1 行违规；经 Zhao Lan 批准豁免，有效至 2024-06-30",
        ),
        ("the control could not be computed: Binder Error: no such", "该规则无法计算：Binder Error: no such"),
    ],
)  # fmt: skip
def test_each_form_is_translated(message: str, chinese: str) -> None:
    assert in_chinese(message) == chinese


def test_what_the_gates_of_a_broken_bank_say_is_translated(world: World) -> None:
    for gate in ("landing", "core"):
        shutil.copytree(PROJECT_ROOT / "expectations" / gate, world.settings.expectations_dir / gate)
    world.sql(
        "update staging.stg_demo__customer set uscc = null, employees = -1 where source_row = 1",
        "delete from core.fct_bureau_summary",
        "update core.fct_consent set ends_at = granted_at",
        "insert into audit.quarantine values ('run-1', 'hist_customer', '20240630-aaaaaaaaaaaa', 1, 'DQ-02', 'made')",
    )
    messages = []
    for gate in ("landing", "core"):
        with pytest.raises(ControlBlockedError):
            run_gate(world.settings, world.ctx, gate)
        messages += [str(control["message"]) for control in world.result(gate).values() if control["message"]]
    assert len(messages) > 5
    english = re.compile(r"\b(rows|batch|batches|tolerance|there|quarantine|quarantined)\b")
    assert [text for text in messages if english.search(in_chinese(text))] == []
