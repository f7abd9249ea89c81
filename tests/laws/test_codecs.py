from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from reconciler.errors import CodecError
from reconciler.wire import codec as codecs
from reconciler.wire.codec import Codec, read_date, read_flag, read_money, read_number, split_list
from tests.support.strategies import DAYS, NUMBERS, TEXTS, decimals

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from reconciler.model.value import Value

WHOLES = st.integers(-(10**9), 10**9)
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "TEXT": TEXTS,
    "LOWER": TEXTS.map(lambda text: text.lower()),
    "NUMBER": decimals(),
    "MONEY": decimals(),
    "PERCENT": NUMBERS,
    "WHOLE": WHOLES,
    "DATE": st.one_of(DAYS, st.none()),
    "FLAG": st.booleans(),
    "MONTHS": st.one_of(st.integers(1, 1200), st.none()),
}
ALL = {name: value for name, value in vars(codecs).items() if isinstance(value, Codec)}


def test_every_codec_round_trips() -> None:
    """A codec that is added to the module is added to the law, too."""
    assert set(ALL) == set(VALUES)


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.data())
def test_codec_reads_back_what_it_writes(name: str, data: st.DataObject) -> None:
    """What a codec writes, it reads as the same value of the same type."""
    value = data.draw(VALUES[name])
    again = ALL[name].read(ALL[name].write(value))

    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize("name", sorted(set(ALL) - {"TEXT", "LOWER"}))
@given(data=st.data())
def test_writing_is_settled_after_one_round(name: str, data: st.DataObject) -> None:
    """What was read and written again is the same text: no edit is ever planned for its form."""
    text = ALL[name].write(data.draw(VALUES[name]))

    assert ALL[name].write(ALL[name].read(text)) == text


@given(value=decimals(), unit=st.sampled_from(["", "%", " %", " RUB", "\u00a0EUR"]))
def test_unit_behind_a_number_does_not_count(value: Decimal, unit: str) -> None:
    """A number is read alike with a percent sign or a currency behind it."""
    assert read_number(f"{value:f}{unit}") == value


@given(
    whole=st.integers(0, 10**9),
    cents=st.integers(0, 99),
    gap=st.sampled_from([" ", "\u00a0", "\u202f"]),
    unit=st.sampled_from(["", " RUB", " €", " USD / Month"]),
)
def test_money_is_read_with_any_grouping_blank(whole: int, cents: int, gap: str, unit: str) -> None:
    """Thousands may be grouped by a blank of any sort; the currency is recognised."""
    grouped = f"{whole:,}".replace(",", gap)
    amount, currency = read_money(f"{grouped}.{cents:02}{unit}")

    assert amount == Decimal(f"{whole}.{cents:02}")
    assert currency == unit.partition("/")[0].strip()


@given(day=DAYS, hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_time_behind_a_date_is_dropped(day: date, hour: int, minute: int) -> None:
    """A date-time counts as its day."""
    assert read_date(f"{day} {hour:02}:{minute:02}:00") == day


@given(parts=st.lists(st.integers(0, 999).map(str), max_size=6), gap=st.sampled_from([",", ", "]))
def test_comma_list_is_split_with_or_without_blanks(parts: list[str], gap: str) -> None:
    """A multi-select's value means the same in both of the panel's spellings."""
    assert list(split_list(gap.join(parts))) == parts


@pytest.mark.parametrize("read", [read_number, read_money, read_date, read_flag])
@given(text=st.text(max_size=40))
def test_reader_answers_or_refuses(read: Callable[[str], object], text: str) -> None:
    """Whatever the text, it is a value or a CodecError, and no other exception."""
    try:
        read(text)
    except CodecError:
        return


@given(text=st.text(st.characters(categories=["Nd"], min_codepoint=0x80), min_size=1))
def test_digits_of_other_scripts_are_no_numbers(text: str) -> None:
    """The panel prints ASCII digits; anything else is not guessed at."""
    with pytest.raises(CodecError):
        read_number(text)
