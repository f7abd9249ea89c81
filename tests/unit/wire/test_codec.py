from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from reconciler.errors import CodecError
from reconciler.wire.codec import (
    DATE,
    FLAG,
    LOWER,
    MONEY,
    MONTHS,
    NUMBER,
    TEXT,
    WHOLE,
    read_date,
    read_flag,
    read_money,
    read_number,
    split_list,
    write_number,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20", "20"),
        ("20.00", "20"),
        (" 20.50 ", "20.5"),
        ("20%", "20"),
        ("20.00 %", "20"),
        ("92.5010 RUB", "92.501"),
        ("92.5010\u00a0RUB", "92.501"),
        ("-0.5", "-0.5"),
        ("+3", "3"),
    ],
)
def test_number_is_read_with_or_without_a_unit(text: str, number: str) -> None:
    """Columns may or may not carry a unit; the number is the same."""
    assert read_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "1,234.50", "1e5", "NaN", "Infinity", "0x10", ".5", "5.", "--1", "9" * 31],
)
def test_text_that_is_no_number_is_not_guessed_at(text: str) -> None:
    """Neither grouping nor an exponent nor an endless run of digits is a number of the panel's."""
    with pytest.raises(CodecError, match="not a number"):
        read_number(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("10.00"), "10"),
        (Decimal("10.50"), "10.5"),
        (Decimal(100), "100"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (5, "5"),
    ],
)
def test_number_is_written_without_exponent_and_noise(value: Decimal | int, text: str) -> None:
    """What goes to the wire is the plainest spelling of the number."""
    assert write_number(value) == text


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), "ten", None, True])
def test_what_is_no_finite_number_is_never_written(value: Decimal | str | None) -> None:
    """The panel would read it as nought, or as nothing."""
    with pytest.raises(CodecError):
        write_number(value)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1.00 RUB", "1", "RUB"),
        ("1 234.50", "1234.5", ""),
        ("1\u00a0234\u202f567.00 EUR", "1234567", "EUR"),
        ("1.80 € / Month", "1.8", "€"),
        ("-5.00 USD", "-5", "USD"),
        ("0", "0", ""),
    ],
)
def test_money_is_an_amount_and_a_currency(text: str, amount: str, currency: str) -> None:
    """The currency may be missing, and a period may stand behind it."""
    assert read_money(text) == (Decimal(amount), currency)


@pytest.mark.parametrize(
    "text", ["", "free", "€ 5", "1,23,4.50 EUR", "1.2.3 EUR", f"1{' ' * 5000}x{' ' * 5000}9"]
)
def test_text_without_a_plain_amount_is_no_money(text: str) -> None:
    """A price that cannot be read is unknown, at once, however long its text is."""
    with pytest.raises(CodecError, match="not an amount"):
        read_money(text)


@pytest.mark.parametrize(
    "text", ["2026-03-01", " 2026-03-01 ", "2026-03-01 12:30", "2026-03-01T12:30:00"]
)
def test_date_is_read_without_its_time(text: str) -> None:
    """A date-time column holds a day and more."""
    assert read_date(text) == date(2026, 3, 1)


@pytest.mark.parametrize(
    "text", ["", "1 March 2026", "in 3 days", "2026-02-30", "0000-00-00", "01.03.2026", "2026-3-1"]
)
def test_prose_and_impossible_days_are_no_dates(text: str) -> None:
    """``expiredate`` may be prose: such a text is unknown, never a date near it."""
    with pytest.raises(CodecError):
        read_date(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("on", True), ("off", False), ("", False), ("ON", True), (" yes ", True), ("0", False)],
)
def test_switch_is_read_in_every_spelling(text: str, *, value: bool) -> None:
    """An empty flag is one that is off."""
    assert read_flag(text) is value


def test_word_that_is_neither_on_nor_off_is_refused() -> None:
    """A word that we do not know may mean either."""
    with pytest.raises(CodecError, match="neither on nor off"):
        read_flag("maybe")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2,3,1", ("2", "3", "1")),
        ("2, 3, 1", ("2", "3", "1")),
        ("", ()),
        (" , ", ()),
        ("2,,3,", ("2", "3")),
        ("7", ("7",)),
    ],
)
def test_comma_list_is_split_in_both_spellings(text: str, parts: tuple[str, ...]) -> None:
    """Captured lists come with blanks and without."""
    assert split_list(text) == parts


@pytest.mark.parametrize("text", ["", "null", "off", " null "])
def test_no_renewal_has_three_spellings_and_is_written_as_null(text: str) -> None:
    """A select is cleared by the key ``null``."""
    assert MONTHS.read(text) is None
    assert MONTHS.write(None) == "null"
    assert MONTHS.read("12") == 12


def test_half_a_month_and_half_a_whole_are_refused() -> None:
    """A fraction is not rounded to something that nobody wrote."""
    for codec in (MONTHS, WHOLE):
        assert codec.read("3.00") == 3
        with pytest.raises(CodecError):
            codec.read("1.5")


def test_empty_date_is_none_and_is_written_empty() -> None:
    """A text is cleared by sending it empty."""
    assert DATE.read("  ") is None
    assert DATE.write(None) == ""
    assert DATE.write(date(2026, 3, 1)) == "2026-03-01"


def test_flags_are_always_written_out() -> None:
    """A flag that is left out keeps its present value, so ``off`` is said aloud."""
    assert [FLAG.write(value) for value in (True, False)] == ["on", "off"]


def test_texts_lose_the_blanks_around_them_alone() -> None:
    """The panel trims; what stands inside is the author's."""
    assert TEXT.read("  a  b \n") == "a  b"
    assert LOWER.read(" Info@ACME.example ") == "info@acme.example"


def test_money_codec_compares_amounts_alone() -> None:
    """A credit limit is read with its currency and written without."""
    assert MONEY.read("150.00 EUR") == Decimal(150)
    assert MONEY.write(Decimal("150.00")) == "150"
    assert NUMBER.read("150.00") == MONEY.read("150.00 EUR")
