"""Signing in, ended sessions, missing rights."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import (
    AccessError,
    LostAnswerError,
    PanelError,
    RejectedError,
    SecurityStopError,
    SessionEndedError,
    SignInError,
    SignInIncompleteError,
    UnreachableError,
    WebPageError,
)
from reconciler.model.address import ElementId
from reconciler.panel import open_panel
from reconciler.wire.call import delete_call, edit_call, form_call, list_call
from tests.support.clock import InstantClock
from tests.unit.panel.doubles import (
    PASSPHRASE,
    SESSION,
    Fields,
    ScriptedPanel,
    ScriptedReply,
    SecretTable,
    doc,
    error,
    listed,
    target,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.target import AuthMethod, Format
    from reconciler.ports import Panel
    from reconciler.wire.call import Call

READ = form_call("account.edit", ElementId("5"))
WRITE = edit_call("account.edit", ElementId("5"), (("note", "x"),))
FORM = doc("<elid>5</elid>")
OK = doc("<ok/>")
WHOAMI = doc('<user name="root" level="29" id="1"/>', "whoami")
PAGE = b"<!DOCTYPE html><html>Sign in</html>"


def ask(
    script: ScriptedPanel,
    *calls: Call,
    method: AuthMethod = "session",
    fmt: Format = "xml",
    su: str = "",
) -> list[object]:
    """Ask one after the other; return the answers and the errors."""

    async def run() -> list[object]:
        place = target(method=method, fmt=fmt, su=su)
        async with open_panel(
            place, secrets=SecretTable(), clock=InstantClock(), app=script
        ) as panel:
            return [await _one(panel, call) for call in calls]

    return asyncio.run(run())


async def _one(panel: Panel, call: Call) -> object:
    try:
        if call.func == "whoami":
            return await panel.whoami()
        return await (panel.submit(call) if call.writes else panel.form(call))
    except PanelError as failure:
        return failure


def sessions(*lives: int, then: Callable[[Fields], bytes]) -> ScriptedPanel:
    """Let the n-th session answer so many requests, before it looks like a missing right."""
    opened: list[int] = []

    def answer(fields: Fields) -> bytes:
        if fields["func"] == "auth":
            opened.append(lives[len(opened)] if len(opened) < len(lives) else 999)
            name = f"s{len(opened)}"
            return doc(f'<auth id="{name}" level="29">{name}</auth>', "auth")
        number = int(fields["auth"].removeprefix("s")) - 1
        if number != len(opened) - 1 or opened[number] <= 0:
            return error("access", fields["func"])
        opened[number] -= 1
        return WHOAMI if fields["func"] == "whoami" else then(fields)

    return ScriptedPanel(answer, sign_in=False)


def test_sign_in_happens_once_and_when_first_needed() -> None:
    """The session is opened for the first question and used for all."""
    script = ScriptedPanel(lambda _: FORM)
    ask(script, READ, READ, READ)
    assert script.funcs == ["auth", *["account.edit"] * 3]
    assert script.asked[0]["username"] == "root"
    assert script.asked[0]["password"] == PASSPHRASE
    assert {fields["auth"] for fields in script.asked[1:]} == {SESSION}
    assert all("password" not in fields for fields in script.asked[1:])


def test_questions_side_by_side_sign_in_once() -> None:
    """Many first questions wait for one sign-in; an ended session is renewed once for all."""
    script = sessions(20, then=lambda _: FORM)

    async def run() -> None:
        async with open_panel(
            target(), secrets=SecretTable(), clock=InstantClock(), app=script
        ) as panel:
            await asyncio.gather(*(panel.form(READ) for _ in range(20)))
            await asyncio.gather(*(panel.form(READ) for _ in range(20)))

    asyncio.run(run())
    assert script.funcs.count("auth") == 2
    assert script.funcs.count("whoami") == 1


def test_ended_session_is_renewed_and_the_read_repeated() -> None:
    """Once, after nobody was behind the old one any more."""
    script = sessions(0, then=lambda _: FORM)
    (answer,) = ask(script, READ)
    assert not isinstance(answer, PanelError)
    assert script.funcs == ["auth", READ.func, "whoami", "auth", READ.func]


@pytest.mark.parametrize("call", [WRITE, delete_call("account.discount.delete", ElementId("5"))])
def test_write_is_not_repeated_when_its_session_had_ended(call: Call) -> None:
    """A duplicate may have been carried out before; the next look signs in again."""
    script = sessions(0, then=lambda _: FORM)
    (answer, _) = ask(script, call, READ)
    assert isinstance(answer, SessionEndedError)
    assert script.funcs == ["auth", call.func, "whoami", "auth", READ.func]


def test_write_that_is_refused_for_its_credentials_was_sent_and_is_the_last() -> None:
    """It is reported as a refusal of that write; the next request is not signed in any more."""
    script = sessions(9, then=lambda _: error("auth"))
    (found, after) = ask(script, WRITE, READ)
    assert isinstance(found, RejectedError)
    assert isinstance(after, SignInError)
    assert script.funcs == ["auth", WRITE.func, "whoami"]


@pytest.mark.parametrize("call", [READ, WRITE])
def test_missing_right_is_believed_while_the_session_is_valid(call: Call) -> None:
    """A user whom the panel still knows lacks the right."""
    script = sessions(9, then=lambda _: error("access", "account"))
    (answer,) = ask(script, call)
    assert isinstance(answer, AccessError)
    assert script.funcs == ["auth", call.func, "whoami"]


def test_second_refusal_is_a_matter_of_rights() -> None:
    """After one renewal ``access`` is believed of a question."""

    def answer(fields: Fields) -> bytes:
        return error("access", fields["func"])

    script = ScriptedPanel(answer)
    (found,) = ask(script, READ)
    assert isinstance(found, AccessError)
    assert script.funcs.count(READ.func) == 2


@pytest.mark.parametrize("ended", [PAGE, error("auth"), doc("<error>no session</error>")])
def test_session_may_end_in_other_ways(ended: bytes) -> None:
    """A sign-in page, an untyped error: a new session tells."""
    waiting = [ended]

    def answer(fields: Fields) -> bytes:
        if fields["func"] == "whoami":
            return PAGE
        return waiting.pop() if waiting else FORM

    script = ScriptedPanel(answer)
    (found,) = ask(script, READ)
    assert not isinstance(found, PanelError)
    assert script.funcs.count("auth") == 2


def test_page_in_answer_to_a_write_is_in_doubt() -> None:
    """A page proves nothing, so the write is not repeated; the next question signs in anew."""
    answers = [PAGE, FORM]
    script = ScriptedPanel(lambda _: answers.pop(0))
    found = ask(script, WRITE, READ)
    assert isinstance(found[0], WebPageError)
    assert isinstance(found[0], LostAnswerError)
    assert script.funcs == ["auth", "account.edit", "auth", "account.edit"]


def test_page_twice_is_believed() -> None:
    """One new session, then the page is what there is."""
    script = ScriptedPanel(lambda _: PAGE)
    (found,) = ask(script, READ)
    assert isinstance(found, WebPageError)
    assert script.funcs == ["auth", "account.edit"] * 2


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("badpassword", "password"),
        ("badip", "address"),
        ("blocked_ip", "blocked"),
        ("blocklogon", "blocked"),
        ("blockgeoip", "country"),
        ("something_new", "something_new"),
    ],
)
@pytest.mark.parametrize("method", ["session", "authinfo", "key"])
def test_refused_sign_in_says_why_and_is_not_repeated(
    about: str, words: str, method: AuthMethod
) -> None:
    """A wrong password that is sent again and again blocks the address."""
    script = ScriptedPanel(lambda _: error("auth", about), sign_in=False)
    found = ask(script, READ, WRITE, READ, method=method)
    assert all(type(each) is SignInError for each in found)
    assert words in str(found[0])
    assert PASSPHRASE not in str(found[0])
    sent = [func for func in script.funcs if func != "whoami"]
    assert len(sent) == 1


def test_captcha_and_second_factor_are_reported() -> None:
    """What only a person can do stops the run; before a write it is no doubt about the write."""
    captcha = ScriptedPanel(lambda _: error("captcha_verification_failed"), sign_in=False)
    assert "captcha" in str(ask(captcha, READ)[0])
    pending = ScriptedPanel(lambda _: doc("<ok>func=totp.confirm</ok>"), sign_in=False)
    read, write = ask(pending, READ, WRITE)
    assert "totp.confirm" in str(read)
    assert type(write) is SignInError
    later = ScriptedPanel(lambda _: doc("<ok>func=totp.confirm</ok>"))
    assert isinstance(ask(later, READ)[0], SignInIncompleteError)


def test_sign_in_without_a_session_is_an_error() -> None:
    """A confirmation is no session."""
    script = ScriptedPanel(lambda _: doc(""), sign_in=False)
    assert isinstance(ask(script, READ)[0], SignInError)


def test_write_is_not_sent_without_a_session() -> None:
    """When the sign-in is lost, the write provably did not leave."""
    script = ScriptedPanel(lambda _: ScriptedReply(b"", 500), sign_in=False)
    read, write = ask(script, READ, WRITE)
    assert isinstance(read, LostAnswerError)
    assert isinstance(write, UnreachableError)
    assert set(script.funcs) == {"auth"}


def test_redirected_sign_in_stops_without_a_doubt_about_the_write() -> None:
    """The stop holds, and the write did not leave."""
    script = ScriptedPanel(lambda _: ScriptedReply(b"", 302), sign_in=False)
    (found,) = ask(script, WRITE)
    assert type(found) is SecurityStopError


def test_authinfo_goes_with_each_call() -> None:
    """No session, no sign-in."""
    script = ScriptedPanel(lambda _: FORM)
    ask(script, READ, method="authinfo")
    assert script.funcs == ["account.edit"]
    assert script.asked[0]["authinfo"] == f"root:{PASSPHRASE}"


def test_authinfo_without_permission_is_reported_immediately() -> None:
    """There is no session that could have ended."""
    script = ScriptedPanel(lambda _: error("access", "account"))
    assert isinstance(ask(script, READ, method="authinfo")[0], AccessError)
    assert script.funcs == ["account.edit"]


def test_key_is_used_once() -> None:
    """The key opens one session; when that ends, a person must make a new key."""
    script = sessions(1, then=lambda _: FORM)
    found = ask(script, READ, READ, method="key")
    assert not isinstance(found[0], PanelError)
    assert isinstance(found[1], SignInError)
    assert script.asked[0]["key"] == "k" * 20
    assert script.asked[0]["checkcookie"] == "no"
    assert "password" not in script.asked[0]


def test_acting_as_another_goes_with_every_call_but_the_sign_in() -> None:
    """A call's own user outranks the target's."""
    script = ScriptedPanel(lambda fields: listed([{"id": "1"}], 1, int(fields.get("p_cnt", "1"))))

    async def run() -> None:
        async with open_panel(
            target(su="reseller"), secrets=SecretTable(), clock=InstantClock(), app=script
        ) as panel:
            await panel.rows(list_call("vds"))
            await panel.rows(list_call("vds", su="client"))

    asyncio.run(run())
    assert [fields.get("su") for fields in script.asked] == [None, "reseller", "client"]


def test_untyped_refusal_of_a_flat_format_is_asked_again_in_xml() -> None:
    """Only a type tells an absent object from a missing right."""

    def answer(fields: Fields) -> bytes:
        return (
            b'{"error": {"msg": "x"}}' if fields["out"] == "bjson" else error("missed", "account")
        )

    script = ScriptedPanel(answer)
    (found,) = ask(script, READ, method="authinfo", fmt="bjson")
    assert isinstance(found, RejectedError)
    assert found.code == "missed"
    assert [fields["out"] for fields in script.asked] == ["bjson", "xml"]
    script = ScriptedPanel(answer)
    (found,) = ask(script, WRITE, method="authinfo", fmt="bjson")
    assert isinstance(found, RejectedError)
    assert found.code == ""
    assert len(script.asked) == 1
