from __future__ import annotations

import pytest

from reconciler.engine.doctor.number_checks import judge_numbers, read_numbers
from reconciler.model.number import UNPROVED, NumberShape
from tests.support.planning import kind_of


@pytest.mark.parametrize(
    ("printed", "declared", "status", "words"),
    [
        ({}, UNPROVED, "unknown", "no number with a decimal mark was seen"),
        ({"vds.cost": ["10.50 RUB"]}, UNPROVED, "ok", "by vds.cost (10.50 RUB)"),
        ({"vds.cost": ["6.900 RUB"]}, UNPROVED, "warning", "vds.cost prints a number"),
        ({"vds.cost": ["6.900 RUB", "9,50 RUB"]}, UNPROVED, "ok", 'decimal: ","'),
        ({"vds.cost": ["6.900 RUB"]}, NumberShape(","), "ok", 'declared: numbers: {decimal: ","}'),
        ({"vds.cost": ["6.90 RUB"]}, NumberShape(","), "problem", "vds.cost prints '6.90 RUB'"),
    ],
)
def test_shape_of_numbers_is_declared_proved_or_not_known(
    printed: dict[str, list[str]], declared: NumberShape, status: str, words: str
) -> None:
    """A declaration that the panel contradicts is a problem; a doubt is shown with its remedy."""
    check = judge_numbers(printed, declared)

    assert check.status == status
    assert words in check.message
    assert ("numbers" in check.remedy) == (status in {"warning", "problem"})


def test_only_numbers_of_a_kind_are_heard() -> None:
    """A domain or a note is no evidence of how numbers are written."""
    printed: dict[str, list[str]] = {}
    row = {"cost": "6.900 RUB / Month", "domain": "1.234.567", "period": "1"}
    read_numbers(printed, kind_of("Service"), "vds", [row])

    assert printed == {"vds.cost": ["6.900 RUB"], "vds.period": ["1"]}
