"""How many months an option of a form stands for."""

from __future__ import annotations

import pytest

from reconciler.errors import CodecError
from reconciler.wire.period import months_of, months_offered, read_months, read_shown_months


@pytest.mark.parametrize(
    ("code", "label", "months"),
    [
        ("3", "1 month", 1),
        ("7", "3 months", 3),
        ("7", "Quarter", 3),
        ("7", "quarterly, -10%", 3),
        ("5", "1 year", 12),
        ("5", "2 years (24 months)", 24),
        ("5", "1 year (+1 month)", None),
        ("5", "Half a year", 6),
        ("5", "Полгода", 6),
        ("9", "3 месяца", 3),
        ("9", "1 год", 12),
        ("9", "Квартал", 3),
        ("9", "ежемесячно", 1),
        ("9", "5 лет", 60),
        ("4", "3 months - 27.00 EUR (9.00 EUR / month)", 3),
        ("4", "9.00 EUR / Month", 1),
        ("3", "3 Monate", 3),
        ("12", "1 Jahr", None),
        ("3", "3 Tage", None),
        ("3", "3 days", None),
        ("-100", "1 month", None),
        ("8", "Trial, 1 month", None),
        ("0", "One-off", None),
        ("6", "6", 6),
        ("6", "", 6),
        ("7", "3", 3),
        ("m", "", None),
    ],
)
def test_label_outranks_the_code(code: str, label: str, months: int | None) -> None:
    """A code is a key of the installation: only its label says what it stands for."""
    assert months_of(code, label) == months


def test_two_options_of_one_meaning_are_not_chosen_between() -> None:
    """Which of them an author meant is not to be guessed."""
    assert months_offered({"1": "3 months", "2": "Quarter", "3": "1 year", "null": "-"}) == {
        12: "3"
    }


def test_form_without_options_counts_in_months() -> None:
    """So the vendor documents it; nothing else is at hand."""
    assert [read_months(text) for text in ("3", "-100", "null")] == [3, -100, None]


def test_period_that_is_no_longer_offered_is_known_where_codes_are_months() -> None:
    """Elsewhere its number may be any code."""
    assert read_months("24", {"1": "1 month", "12": "1 year"}) == 24
    with pytest.raises(CodecError):
        read_months("24", {"1": "1 year", "12": "1 month"})


def test_words_of_a_column_outrank_the_code_behind_them() -> None:
    """``Quarter`` behind the code 7 is three months, not seven."""
    assert read_shown_months("Quarter", "7") == 3
    assert read_shown_months("1 year") == 12
    assert read_shown_months("never", "null") is None
