"""Lines stay within the terminal, and what is to be pasted stays whole."""

from __future__ import annotations

import pytest

from reconciler.report.layout import column_of, fitted, marked_row, shown_width, table

ROW = "  - CurrencyRate/globex-usd-eur-2026-02  (id 7)    of initech (id 9), no longer declared"


@pytest.mark.parametrize("text", ["", "short\n", "\n\n", "  + Discount/a    here\n"])
def test_what_fits_is_left_as_it_is(text: str) -> None:
    """Not a blank is moved."""
    assert fitted(text, 80) == text


def test_long_row_goes_on_under_its_last_column() -> None:
    """The column of addresses stays free, so that the eye finds the next one."""
    first, second = fitted(f"{ROW}\n", 80).splitlines()

    assert first == ROW[: len(first)]
    assert second.startswith(" " * ROW.index("of initech"))
    assert " ".join([*first.split(), *second.split()]) == " ".join(ROW.split())


def test_row_without_room_on_the_right_goes_on_below() -> None:
    """A column of a few signs is none: the text is indented a little further than its line."""
    lines = fitted(f"{ROW}\n", 60).splitlines()

    assert lines[1].startswith(" " * 6 + "(id 9)") or lines[1].startswith(" " * 6 + "initech")
    assert max(map(len, lines)) <= 60


def test_command_is_never_broken() -> None:
    """It is pasted as it stands, however narrow the terminal is."""
    command = "reconciler --target prod apply plan.json --allow charge --allow delete"

    lines = fitted(f"  to apply all of it, which is a lot: {command}\n", 60).splitlines()

    assert [line.strip() for line in lines] == ["to apply all of it, which is a lot:", command]


def test_colour_takes_no_room() -> None:
    """A coloured symbol moves nothing."""
    line = "  \x1b[31m-\x1b[0m " + "x" * 70 + "\n"

    assert fitted(line, 80) == line


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("acme", 4),
        ("日本", 4),
        ("e\u0301", 1),
        ("👩🏽", 2),
        ("🇩🇪", 2),
        ("❤️", 2),
        ("\x1b[31m日\x1b[0m", 2),
        ("", 0),
    ],
)
def test_text_is_as_wide_as_a_terminal_draws_it(text: str, width: int) -> None:
    """Wide signs count twice, combining ones not at all."""
    assert shown_width(text) == width


def test_columns_stand_under_one_another_whatever_the_script() -> None:
    """A name in another script moves no column."""
    rows = [marked_row("+", name, "right") for name in ("Client/acme", "Client/日本", "Client/🇩🇪")]

    assert {shown_width(row) for row in rows} == {len(rows[0])}
    assert {shown_width(line) for line in table(("A", "B"), [("日本", "1"), ("ab", "2")])} == {7}


def test_left_column_grows_with_the_terminal_up_to_a_half() -> None:
    """A pipe has the columns of a terminal of 80."""
    lefts = ["x" * 60]

    assert [column_of(lefts, width) for width in (0, 80, 100, 160)] == [41, 41, 50, 64]
    assert column_of([], 160) == 41


@pytest.mark.parametrize("width", [40, 80])
def test_wide_text_stays_within_the_terminal(width: int) -> None:
    """A line is broken by what it takes on the screen, not by its number of signs."""
    lines = fitted("      name: " + "日本 " * 60 + "\n", width).splitlines()

    assert len(lines) > 2
    assert max(map(shown_width, lines)) <= width
