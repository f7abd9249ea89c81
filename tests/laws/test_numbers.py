"""No number of a panel is ever read as a thousandth of what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, strategies as st

from reconciler.errors import CodecError
from reconciler.mapping.prices import read_price
from reconciler.model.number import UNPROVED, NumberShape
from reconciler.wire.number import parse_number, plain_number, prove_shape

if TYPE_CHECKING:
    from decimal import Decimal

BLANKS = [" ", "\u00a0", "\u202f", "\u2009"]
SHAPES = st.sampled_from(
    [(decimal, thousands) for decimal in ".," for thousands in ["", ".", ",", "'", *BLANKS]]
).filter(lambda marks: marks[0] != marks[1])
AMOUNTS = st.decimals("-99999999", "99999999", places=4, allow_nan=False, allow_infinity=False)
UNITS = st.sampled_from(["", " RUB", "\u00a0€", " %"])


@st.composite
def printed(draw: st.DrawFn, marks: tuple[str, str], unit: str = "") -> tuple[str, Decimal]:
    """Print a number as a panel of some shape does, with no, some or all of its decimals."""
    places = draw(st.integers(0, 4))
    amount = round(draw(AMOUNTS), places)
    text = f"{amount:,.{places}f}"
    decimal, thousands = marks
    swapped = text.replace(",", "\0").replace(".", decimal).replace("\0", thousands)
    return f"{swapped}{unit}", amount


def _reading(text: str, shape: NumberShape) -> Decimal | None:
    try:
        return parse_number(text, shape).amount
    except CodecError:
        return None


@given(data=st.data(), marks=SHAPES, unit=UNITS)
def test_ambiguous_number_is_refused_until_its_format_is_known(
    data: st.DataObject, marks: tuple[str, str], unit: str
) -> None:
    """However a panel prints numbers, an undeclared shape never makes another number of one."""
    text, amount = data.draw(printed(marks, unit))

    assert _reading(text, UNPROVED) in {amount, None}


@given(data=st.data(), marks=SHAPES, unit=UNITS)
def test_number_of_the_declared_shape_is_always_read(
    data: st.DataObject, marks: tuple[str, str], unit: str
) -> None:
    """Once the shape is declared, every number of it is read, as what it is."""
    decimal, thousands = marks
    shape = NumberShape(decimal, " " if thousands in BLANKS else thousands)
    text, amount = data.draw(printed(marks, unit))

    assert _reading(text, shape) == amount
    assert _reading(text, NumberShape(decimal)) == amount


@given(data=st.data(), marks=SHAPES, count=st.integers(1, 6))
def test_column_proves_no_shape_that_is_not_its_own(
    data: st.DataObject, marks: tuple[str, str], count: int
) -> None:
    """Whatever a column holds, what it proves reads each of its numbers right or not at all."""
    column = [data.draw(printed(marks)) for _ in range(count)]
    shape = prove_shape(text for text, _ in column)

    assert all(_reading(text, shape) in {amount, None} for text, amount in column)


@given(data=st.data(), marks=SHAPES, declared=SHAPES)
def test_wrongly_declared_shape_reads_less_only_where_both_shapes_fit(
    data: st.DataObject, marks: tuple[str, str], declared: tuple[str, str]
) -> None:
    """A wrong declaration misleads about a number with two readings alone, never about another."""
    decimal, thousands = declared
    text, amount = data.draw(printed(marks))
    shape = NumberShape(decimal, " " if thousands in BLANKS else thousands)

    if _reading(text, UNPROVED) is not None:
        assert _reading(text, shape) in {amount, None}


@given(data=st.data(), marks=SHAPES)
def test_price_is_never_a_thousandth_of_what_is_charged(
    data: st.DataObject, marks: tuple[str, str]
) -> None:
    """A price is what the panel prints, or unknown, with a plain amount beside it or without."""
    text, amount = data.draw(printed(marks, " RUB"))
    beside = data.draw(st.sampled_from([[], [f"{amount:.4f}"]]))
    price = read_price([text, *beside], "RUB")

    assert price.amount in {amount, None}
    assert price.amount is not None or price.unclear == text
    assert price.amount is not None or not beside


@given(amount=AMOUNTS, places=st.integers(0, 4))
def test_plainly_written_number_reads_in_one_way(amount: Decimal, places: int) -> None:
    """What is written down once it was read is never in doubt again."""
    number = round(amount, places)
    text = plain_number(parse_number(f"{number:f}", NumberShape(".")))

    assert _reading(text, UNPROVED) == number
