"""A logged change is shown as what can be typed, and does the same when it is."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from reconciler.report.escape import escape
from reconciler.report.request_log import call_lines, shell_word
from reconciler.wire.request_log import LoggedCall

BASH = shutil.which("bash")


def lines(func: str, *params: tuple[str, str], **more: object) -> list[str]:
    """Show a request."""
    return call_lines(LoggedCall(func, params, "root", **more), "billmgr.log:3")  # type: ignore[arg-type]


def test_call_stands_below_where_it_was_made_and_what_it_does() -> None:
    """Place and user, warnings, then what is to be typed."""
    assert lines("payment.setpaid", ("elid", "3")) == [
        "# billmgr.log:3, by root",
        "#   payment.setpaid adds funds to the client's account",
        "reconciler call payment.setpaid elid=3 --confirm",
    ]


def test_several_elements_become_a_call_each() -> None:
    """The panel takes a list of ids; a call takes one."""
    shown = lines("payment.delete", ("elid", "1, 2"))

    assert shown[1:] == [
        "reconciler call payment.delete elid=1 --confirm",
        "reconciler call payment.delete elid=2 --confirm",
    ]


def test_hidden_parameters_are_asked_from_the_environment() -> None:
    """And a text that looks like such a reference stays a text."""
    shown = lines("account.edit", ("elid", "5"), ("note", "@env:HOME"), hidden=("passwd",))

    assert "hidden in the log: passwd=@env:PASSWD" in shown[1]
    assert shown[-1] == (
        "reconciler call account.edit elid=5 note=@@env:HOME passwd=@env:PASSWD --confirm"
    )


def test_acting_user_becomes_an_option() -> None:
    """Also where the login begins like one."""
    assert "'--su=-x y'" in lines("account.edit", ("elid", "5"), su="-x y")[-1]


def test_order_in_a_client_s_own_session_acts_as_that_client() -> None:
    """Typed by anybody else it would be somebody else's order."""
    assert "--su=root --confirm" in lines("vds.order.param", ("period", "1"))[-1]
    assert "--su" not in lines("vds.edit", ("elid", "1"))[-1]


def test_parameters_that_a_call_cannot_carry_are_reported() -> None:
    """It would do less than the log says."""
    shown = lines("account.edit", ("elid", "5"), odd=("arr[0]", "\x1b…"))

    assert shown[1:] == [
        "#   left out, because a call cannot contain such a name: arr[0], \\x1b…",
        "reconciler call account.edit elid=5 --confirm",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "::error::x",
        "a##[group]",
        "\x1b[2J",
        "\u202e",
        "$(reboot)",
        "`x`",
        "a'b",
        "\n",
        "; rm",
        "\\",
    ],
)
def test_hostile_value_is_one_inert_word(text: str) -> None:
    """Nothing that a terminal, a CI log or the shell obeys."""
    word = shell_word(f"note={text}")

    assert word.isprintable()
    assert escape(word).replace("\\\\", "\\") == word


@pytest.mark.skipif(BASH is None, reason="needs bash")
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), max_size=8))
def test_shell_reads_a_word_back_to_the_letter(texts: list[str]) -> None:
    """Whatever stands in it."""
    assert BASH is not None
    script = "printf '%s\\0' " + " ".join(map(shell_word, texts)) if texts else "true"
    done = subprocess.run([BASH, "-c", script], capture_output=True, check=True)

    assert done.stdout == b"".join(text.encode() + b"\0" for text in texts)
