"""What a model says of itself is checked where the dictionary is made: caveats by vocabulary, metrics by form."""

from __future__ import annotations

import re

import pytest

from lendmart.errors import LendmartError
from lendmart.publishing.dictionary import caveats_of, known_caveats, metrics_of

CHINESE = re.compile(r"[一-鿿]")


def test_unknown_caveat_is_refused_with_the_known_ones() -> None:
    with pytest.raises(LendmartError, match=r"model m: meta.caveats: found 'use_at_will', .*not_a_credit_decision"):
        caveats_of("m", {"caveats": ["not_a_credit_decision", "use_at_will"]})


@pytest.mark.parametrize("code", sorted(known_caveats()))
def test_caveat_is_told_in_both_languages(code: str) -> None:
    text = known_caveats()[code]
    assert CHINESE.search(text.zh)
    assert not CHINESE.search(text.en)


def test_metric_without_unit_is_refused_with_its_place() -> None:
    metric = {"name": "n", "en": "Customers", "zh": "客户数", "expression": "count(*)"}
    with pytest.raises(LendmartError, match=r"model m: meta.metrics.0.unit: Field required"):
        metrics_of("m", {"metrics": [metric]})
