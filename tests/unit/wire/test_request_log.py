"""The panel's log is read as the vendor describes it, however hostile it is."""

from __future__ import annotations

import string
from urllib.parse import quote_plus

import pytest
from hypothesis import given, strategies as st

from reconciler.wire.request_log import LONGEST, LoggedCall, UnreadableLine, is_change, read_line

HEAD = "Feb  6 08:08:07 [2346:23826] core_module INFO Request [192.0.2.33][root] "
OURS = {"func", "auth", "out", "lang", "theme", "key", "passwd", "password", "confirm", "sfrom"}
OURS |= {"authinfo", "forgery", "redirect", "tconvert", "hfields", "elname", "plname"}
NAMES = st.text(string.ascii_lowercase, min_size=3, max_size=8).filter(
    lambda name: name not in OURS and not name.startswith(("snext", "sback"))
)


def line(query: str) -> str:
    """Write a line of the log."""
    return f"{HEAD}'{query}'"


def logged(query: str) -> LoggedCall:
    """Read a line that can be read."""
    found = read_line(line(query))
    assert isinstance(found, LoggedCall)
    return found


def test_what_browsers_add_what_is_empty_and_what_is_hidden_is_left_out() -> None:
    """As the vendor's guide composes a request from the log."""
    found = logged(
        "clicked_button=ok&mail=&func=domain.edit&ip=192.0.2.8&name=a.example&"
        "ns=ns1.example.%20ns2.example.&operafake=1486&passwd=*&owner=www%2Droot&progressid=false"
        "&sfrom=ajax&sok=ok&zoom-ip=&zoom-ns=1&auth=0123&note=***"
    )

    assert found.func == "domain.edit"
    assert found.given == {
        "ip": "192.0.2.8",
        "name": "a.example",
        "ns": "ns1.example. ns2.example.",
        "owner": "www-root",
        "sok": "ok",
    }
    assert (found.user, found.hidden) == ("root", ("passwd", "note"))


def test_password_that_the_log_does_not_hide_is_hidden_here() -> None:
    """It is not printed once more."""
    found = logged("func=account.edit&passwd=hunter2&sok=ok")

    assert found.hidden == ("passwd",)
    assert "hunter2" not in repr(found)


def test_acting_user_and_another_button_are_kept() -> None:
    """Both change what a request means."""
    found = logged("func=vds.order.param&su=ann%40example.com&clicked_button=basket&sok=ok")

    assert found.su == "ann@example.com"
    assert found.given["clicked_button"] == "basket"


def test_parameter_with_an_odd_name_is_named_and_the_others_are_kept() -> None:
    """No call can carry it; what stands behind the name may be a secret and is not shown."""
    found = logged(
        "func=account.edit&arr%5B0%5D=1&arr[1]=2&a%20b=1&passwd%3Dhunter2=x&empty[]=&zoom-a[0]=1"
        "&stars[]=***&elid=5&sok=ok"
    )

    assert found.given == {"elid": "5", "sok": "ok"}
    assert found.odd == ("arr[0]", "arr[1]", "a…", "passwd…", "stars[]")
    assert found.hidden == ()
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("func", "su", "acting"),
    [
        ("vds.order.param", "", "ann"),
        ("v2.vds.order.param", "", "ann"),
        ("vds.order.param", "bob", "bob"),
        ("payment.orderinfo.edit", "", ""),
        ("account.edit", "", ""),
        ("account.edit", "bob", "bob"),
    ],
)
def test_order_is_made_as_the_client_whose_session_it_was(func: str, su: str, acting: str) -> None:
    """Nobody else can order; what else was done needs no acting."""
    assert LoggedCall(func, (), "ann", su).acting == acting


@pytest.mark.parametrize(
    "text", ["", "junk", "Feb 6 core INFO Start", "WARNING Request [a][b] 'func=x'"]
)
def test_other_lines_are_no_requests(text: str) -> None:
    """They are passed over."""
    assert read_line(text) is None


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}",
        f"{HEAD}'func=x",
        "INFO Request 'func=x'",
        line("x=1"),
        line("func=%zz"),
        line("func=x.y&a=%C3%28"),
        line("func=x.y&a"),
        line("func=rm -rf"),
        line("func=x.y&" + "a=1&" * 600),
        line("func=x.y&a=" + "b" * LONGEST),
    ],
)
def test_broken_request_is_named_as_such_without_being_repeated(text: str) -> None:
    """With a reason, and with nothing of the line."""
    found = read_line(text)

    assert isinstance(found, UnreadableLine)
    assert found.reason
    assert "rf" not in found.reason


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ("func=account.edit&elid=5&sok=ok", True),
        ("func=account.edit&elid=5", False),
        ("func=account", False),
        ("func=account.delete&elid=5", True),
        ("func=account.setfilter&elid=5", True),
        ("func=mystery.delete&elid=5", True),
        ("func=mystery&elid=5", False),
        ("func=mystery&clicked_button=finish", True),
        # Signing in changes nothing, and cannot be typed as a call.
        ("func=auth&username=ann&sok=ok", False),
    ],
)
def test_change_is_distinguished_from_a_read(query: str, *, changed: bool) -> None:
    """By a confirmation, or by a function that acts without one."""
    assert is_change(logged(query)) is changed


@given(st.dictionaries(NAMES, st.text(min_size=1).filter(lambda t: t.strip("*")), max_size=6))
def test_parameters_are_read_back_to_the_letter(params: dict[str, str]) -> None:
    """Whatever stands in them."""
    ok = {k: v.encode("utf-8", "ignore").decode() for k, v in params.items()}
    ok = {k: v for k, v in ok.items() if v}
    query = "&".join(["func=x.y", *(f"{k}={quote_plus(v)}" for k, v in ok.items())])

    assert logged(query).given == ok


@given(st.text(max_size=300))
def test_no_line_raises(text: str) -> None:
    """A line is a request, an unreadable one, or none."""
    for each in (text, HEAD + text, line(text), line("func=x&" + text)):
        assert isinstance(read_line(each), LoggedCall | UnreadableLine | None)
