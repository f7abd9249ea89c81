"""Section 6 of the contract: signing in."""

from __future__ import annotations

import pytest

from reconciler.sandbox import ADMIN, PASSPHRASE, Install, Sandbox, audit
from tests.support.sandbox_client import Client, Clock, ask, error, is_ok, parse, rows, sign_in

KEY = "0123456789abcdef"


def test_password_opens_a_session(panel: Sandbox) -> None:
    """The id stands in the text and in an attribute, with the level beside it."""
    reply = ask(panel, func="auth", username=ADMIN, password=PASSPHRASE, out="xml")
    auth = parse(reply.body).find("auth")

    assert auth is not None
    assert auth.text == auth.get("id")
    assert auth.get("level") == "29"


@pytest.mark.parametrize("how", [{"password": "wrong"}, {"key": KEY}, {}])
def test_wrong_password_or_key_is_badpassword(panel: Sandbox, how: dict[str, str]) -> None:
    """A failed sign-in has its own type and object."""
    reply = ask(panel, func="auth", username=ADMIN, out="xml", **how)

    assert error(reply.body) == ("auth", "badpassword")


def test_session_dies_an_hour_after_its_last_use(panel: Sandbox, clock: Clock) -> None:
    """Each use gives it another hour."""
    session = sign_in(panel)
    for _ in range(3):
        clock.forward(minutes=59)
        assert error(ask(panel, func="whoami", auth=session, out="xml").body) == ("", "")

    clock.forward(minutes=61)

    assert error(ask(panel, func="whoami", auth=session, out="xml").body)[0] == "access"


def test_refused_request_prolongs_the_session_too(panel: Sandbox, clock: Clock) -> None:
    """What is answered with an error was a request all the same."""
    session = sign_in(panel)
    clock.forward(minutes=40)
    ask(panel, func="account.edit", elid="99", auth=session, out="xml")
    clock.forward(minutes=40)

    assert error(ask(panel, func="whoami", auth=session, out="xml").body) == ("", "")


def test_ended_session_and_missing_right_look_alike(panel: Sandbox, client: Client) -> None:
    """Type and object are the same; only `whoami` can tell the two apart."""
    session = sign_in(panel, client.email, "anvil-4711")

    forbidden = ask(panel, func="account", auth=session, out="xml")
    ended = ask(panel, func="account", auth="f" * 24, out="xml")

    assert error(forbidden.body) == error(ended.body) == ("access", "account")
    assert error(ask(panel, func="whoami", auth=session, out="xml").body) == ("", "")


def test_authinfo_needs_no_session(panel: Sandbox) -> None:
    """Login and password with the call, and nothing is left behind."""
    reply = ask(panel, func="whoami", authinfo=f"{ADMIN}:{PASSPHRASE}", out="xml")
    user = parse(reply.body).find("user")

    assert user is not None
    assert (user.get("name"), user.get("level")) == (ADMIN, "29")
    assert error(ask(panel, func="whoami", authinfo=f"{ADMIN}:no", out="xml").body)[0] == "auth"


def test_key_lets_in_once(panel: Sandbox, client: Client) -> None:
    """An administrator's key opens one session for a user."""
    panel.call("session.newkey", username=client.email, key=KEY)
    with_key = {"func": "auth", "username": client.email, "key": KEY, "checkcookie": "no"}

    first = ask(panel, out="xml", **with_key)
    second = ask(panel, out="xml", **with_key)

    assert parse(first.body).find("auth") is not None
    assert error(second.body) == ("auth", "badpassword")


def test_short_key_is_refused(panel: Sandbox, client: Client) -> None:
    """A key has sixteen characters or more."""
    answer = panel.call("session.newkey", username=client.email, key=KEY[1:])

    assert error(answer) == ("value", "key")


def test_session_can_be_ended(panel: Sandbox) -> None:
    """Signing out is a delete, which answers ok for nothing as well."""
    session = sign_in(panel)

    ended = ask(panel, func="session.delete", elid=session, auth=session, sok="ok", out="xml")

    assert is_ok(ended.body)
    assert error(ask(panel, func="whoami", auth=session, out="xml").body)[0] == "access"
    assert is_ok(panel.call("session.delete", elid=session, sok="ok"))


def test_levels_are_reported(panel: Sandbox, client: Client) -> None:
    """Administrator 29, superuser 30, client 16."""
    levels = {}
    for name in (ADMIN, "root", client.email):
        user = parse(panel.call("whoami", su=name)).find("user")
        assert user is not None
        levels[name] = user.get("level")

    assert list(levels.values()) == ["29", "30", "16"]


def test_staff_of_one_provider_sees_less(panel: Sandbox, client: Client) -> None:
    """Too little right shortens the list instead of failing it."""
    whole = rows(panel.call("account"))
    cut = rows(panel.call("account", su="reseller"))

    assert [row["id"] for row in whole] == [client.id]
    assert cut == []
    assert error(panel.call("account.edit", elid=client.id, su="reseller"))[0] == "missed"


def test_function_can_ask_for_a_higher_level(clock: Clock) -> None:
    """Installs differ in what an administrator may do."""
    with Sandbox(clock=clock, install=Install(levels={"country": 30})) as panel:
        assert error(panel.call("country", su=ADMIN))[0] == "access"
        assert error(panel.call("country")) == ("", "")


def test_audit_masks_what_a_request_carried_as_a_secret(panel: Sandbox) -> None:
    """Passwords, keys and sessions leave no trace in the record."""
    session = sign_in(panel)
    ask(panel, func="whoami", auth=session, out="xml")
    ask(panel, func="whoami", authinfo=f"{ADMIN}:{PASSPHRASE}", out="xml")

    said = [value for asked in audit(panel) for value in asked.params.values()]
    assert not any(session in value or PASSPHRASE in value for value in said)
    assert [asked.actor for asked in audit(panel)] == ["", ADMIN, ADMIN]
