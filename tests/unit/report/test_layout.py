"""Lines stay within the terminal, and what is to be pasted stays whole."""

from __future__ import annotations

import pytest

from reconciler.report.layout import fitted

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
