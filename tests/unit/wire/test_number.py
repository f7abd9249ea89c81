from __future__ import annotations

from decimal import Decimal

import pytest

from reconciler.errors import AmbiguousNumberError, CodecError
from reconciler.model.number import PLAIN, UNPROVED, NumberShape
from reconciler.wire.number import (
    explain_doubt,
    is_doubtful,
    parse_number,
    plain_number,
    prove_shape,
)

POINT, COMMA = NumberShape("."), NumberShape(",")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("6900", "6900"),
        ("6 900", "6900"),
        ("6\u00a0900 RUB", "6900"),
        ("6\u202f900.50 RUB", "6900.5"),
        ("6 900,50", "6900.5"),
        ("6.900,00 RUB", "6900"),
        ("6,900.00", "6900"),
        ("1.234.567 RUB", "1234567"),
        ("6.90", "6.9"),
        ("6,9", "6.9"),
        ("10,8000", "10.8"),
        ("0.500", "0.5"),
        ("0,005", "0.005"),
        ("1234.567", "1234.567"),
        ("6'900.00", "6900"),
        ("6\u2019900", "6900"),
        ("\u22126 900,00", "-6900"),
    ],
)
def test_number_with_one_reading_needs_no_shape(text: str, amount: str) -> None:
    """Most numbers say by themselves which mark is which."""
    assert parse_number(text).amount == Decimal(amount)


@pytest.mark.parametrize("text", ["6.900 RUB", "6,900", "-1.000", "999.999 %", "92.501"])
def test_number_with_two_readings_is_no_number_until_its_shape_is_known(text: str) -> None:
    """One mark before three digits is a decimal mark or groups thousands; neither is guessed."""
    with pytest.raises(AmbiguousNumberError) as caught:
        parse_number(text)

    low, high = sorted(map(abs, caught.value.readings))
    assert high == 1000 * low
    assert is_doubtful(text)


@pytest.mark.parametrize(
    ("text", "shape", "amount"),
    [
        ("6.900 RUB", POINT, "6.9"),
        ("6.900 RUB", COMMA, "6900"),
        ("6,900", POINT, "6900"),
        ("6,900", COMMA, "6.9"),
        ("6.900", NumberShape("", "."), "6900"),
        ("6 900.500", NumberShape(".", " "), "6900.5"),
        ("92.501", PLAIN, "92.501"),
    ],
)
def test_shape_decides_between_two_readings(text: str, shape: NumberShape, amount: str) -> None:
    """A declared or proved mark leaves one reading."""
    assert parse_number(text, shape).amount == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("6.900,50", POINT),
        ("6,90", POINT),
        ("6.90", COMMA),
        ("6,900", NumberShape(".", " ")),
        ("6 900", PLAIN),
        ("6 90", UNPROVED),
        ("06.900,0", UNPROVED),
        ("1.23.456", UNPROVED),
        ("6.900 500", UNPROVED),
        ("6..900", UNPROVED),
        ("92.5 RUB for 100", UNPROVED),
    ],
)
def test_number_of_another_shape_is_no_number(text: str, shape: NumberShape) -> None:
    """A text that contradicts what is known, or groups otherwise than by three, is not read."""
    with pytest.raises(CodecError, match="not a number"):
        parse_number(text, shape)


@pytest.mark.parametrize(
    ("texts", "shape"),
    [
        (["6.900 RUB", "10.50 RUB"], POINT),
        (["6.900 RUB", "6.900,00 RUB"], NumberShape(",", ".")),
        (["6.900", "1.234.567"], NumberShape("", ".")),
        (["6.900", "12,50"], COMMA),
        (["6.900", "7.500"], UNPROVED),
        (["6.90", "6,90"], UNPROVED),
        (["6.90", "1.234.567"], UNPROVED),
        (["free", "", "12"], UNPROVED),
    ],
)
def test_numbers_of_one_column_prove_its_marks(texts: list[str], shape: NumberShape) -> None:
    """A number with one reading settles the others; a contradiction settles nothing."""
    assert prove_shape(texts) == shape


def test_bound_decides_between_two_readings_and_refuses_no_plain_number() -> None:
    """No percentage is above a hundred; one that is, is still what the panel shows."""
    hundred = Decimal(100)

    assert parse_number("12.500 %", UNPROVED, hundred).amount == Decimal("12.5")
    assert parse_number("150 %", UNPROVED, hundred).amount == 150


@pytest.mark.parametrize("amount", ["6.905", "6900", "-1.000", "0.5", "12345.678"])
def test_plainly_written_number_has_one_reading(amount: str) -> None:
    """What was read once is never in doubt again."""
    text = plain_number(parse_number(f"{amount} RUB", POINT))

    assert parse_number(text).amount == Decimal(amount)
    assert parse_number(text).unit == "RUB"


def test_doubt_names_both_numbers_and_the_setting_that_decides() -> None:
    """The remedy can be pasted into the project file."""
    said = explain_doubt("6.900 RUB / Month")

    assert '6.9 with numbers: {decimal: "."}' in said
    assert '6900 with numbers: {decimal: ","}' in said
    assert '6900 with numbers: {decimal: "."}' in explain_doubt("6,900")
