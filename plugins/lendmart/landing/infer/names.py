"""Names for sources, feeds and columns, from what files and headers are called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from lendmart.landing.contract import BATCH_COLUMNS

_RESERVED = frozenset(name for name, _ in BATCH_COLUMNS)
_TERMS = {
    "客户号": "customer_no", "客户编号": "customer_no", "客户名称": "customer_name", "姓名": "person_name",
    "证件号码": "id_number", "身份证号": "id_number", "身份证号码": "id_number", "证件类型": "id_type",
    "手机": "mobile", "手机号": "mobile", "手机号码": "mobile", "联系电话": "phone", "邮箱": "email",
    "信用代码": "uscc", "统一社会信用代码": "uscc", "企业名称": "company_name", "法定代表人": "legal_representative",
    "金额": "amount", "余额": "balance", "本金": "principal", "利息": "interest", "利率": "rate", "币种": "currency",
    "日期": "date", "报告日期": "report_date", "报告期": "period", "起始日": "start_date", "到期日": "maturity_date",
    "放款日期": "disbursement_date", "还款日期": "repayment_date", "合同号": "contract_no", "借据号": "note_no",
    "贷款编号": "loan_no", "状态": "status", "收入": "income", "地址": "address", "行业": "industry", "项目": "item",
    "备注": "note", "期数": "term", "逾期天数": "days_past_due", "五级分类": "loan_class", "科目": "account_item",
}  # fmt: skip


def column_names(headers: Sequence[str]) -> list[str]:
    """A name for each header: snake case, distinct, none of those that landing adds."""
    taken: set[str] = set(_RESERVED)
    names = []
    for number, header in enumerate(headers, start=1):
        name = _TERMS.get(header.strip()) or snake(header) or f"column_{number}"
        name = f"reported_{name}" if name in _RESERVED else name
        while any(f"{name}{suffix}" in taken for suffix in ("", "_valid", "_pseudonym", "_birth_year")):
            name = f"{name}_{number}"
        taken |= {name, f"{name}_valid", f"{name}_pseudonym", f"{name}_birth_year"}
        names.append(name)
    return names


def snake(text: str) -> str:
    """``Borrower's Obligation`` → ``borrowers_obligation``; empty where no Latin letter or digit is in it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().replace("'", "")
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", plain)
    name = re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
    return f"c_{name}" if name[:1].isdigit() else name


def feed_name(path: Path, part: str | None) -> str:
    """What stays of a file's name without its dates and numbers; of a zip or workbook, the part's name."""
    stem = Path(part).stem if part else path.stem
    words = [word for word in re.split(r"[^A-Za-z]+", stem) if word]
    return snake("_".join(words)) or "feed"
