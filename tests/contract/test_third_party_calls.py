"""How programs that other people wrote call the panel: bodies, cookies, sign-in, command line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import ADMIN, PASSPHRASE, Sandbox, audit
from reconciler.sandbox.mgrctl import run, understand
from tests.support.sandbox_client import (
    Client,
    Clock,
    Reply,
    ask,
    error,
    fields,
    is_ok,
    new_client,
    options,
    parse,
    rows,
    send,
    sign_in,
)

if TYPE_CHECKING:
    from pathlib import Path

OPERATOR = f"{ADMIN}:{PASSPHRASE}"
LIMIT = "----xYz"


def multipart(panel: Sandbox, *parts: tuple[str, str], query: str = "") -> Reply:
    """Send a form as a browser's ``FormData`` is sent; a part is its head and its text."""
    lines = [f"--{LIMIT}\r\nContent-Disposition: form-data; {h}\r\n\r\n{t}\r\n" for h, t in parts]
    body = "".join([*lines, f"--{LIMIT}--\r\n"]).encode()
    kind = {"content-type": f"multipart/form-data; boundary={LIMIT}"}
    return send(panel, body, path=f"/billmgr{query}", headers=kind)


def with_cookie(panel: Sandbox, cookie: str, raw: str) -> bytes:
    """Send a form with a cookie."""
    return send(panel, raw.encode(), headers={"cookie": cookie}).body


def level(body: bytes) -> str | None:
    """Read who asks off an answer of ``whoami``."""
    user = parse(body).find("user")
    return None if user is None else user.get("level")


def test_multipart_form_is_read_like_any_other(panel: Sandbox, client: Client) -> None:
    """Names and values of every part count, texts beyond ASCII as well."""
    parts = [("func", "account.edit"), ("out", "xml"), ("authinfo", OPERATOR), ("sok", "ok")]
    given = [*parts, ("elid", client.id), ("name", "Ämboss & Söhne\r\nBerlin")]

    reply = multipart(panel, *((f'name="{name}"', text) for name, text in given))

    assert is_ok(reply.body)
    form = fields(panel.call("account.edit", elid=client.id))
    assert form["name"].splitlines() == ["Ämboss & Söhne", "Berlin"]


def test_uploaded_file_is_its_name(panel: Sandbox) -> None:
    """What the file holds does not become a parameter's value."""
    parts = ('name="func"', "whoami"), ('name="out"', "xml"), ('name="authinfo"', OPERATOR)

    reply = multipart(panel, *parts, ('name="file"; filename="bill.txt"', "secret"))

    assert level(reply.body) == "29"
    assert audit(panel)[-1].params["file"] == "bill.txt"


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=other"])
def test_multipart_without_its_boundary_names_nothing(panel: Sandbox, kind: str) -> None:
    """It is answered like a request without parameters."""
    body = f'--{LIMIT}\r\nContent-Disposition: form-data; name="func"\r\n\r\nwhoami\r\n'.encode()

    reply = send(panel, body, headers={"content-type": kind})

    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=UTF-8")


def test_browsers_cookie_signs_in(panel: Sandbox) -> None:
    """The session that it holds stands in for ``auth``."""
    cookie = f"lang=ru; billmgrses5={sign_in(panel)}"

    assert level(with_cookie(panel, cookie, "func=whoami&out=xml")) == "29"
    assert error(with_cookie(panel, "billmgrses5=dead", "func=whoami&out=xml"))[0] == "access"


def test_parameters_go_before_the_cookie(panel: Sandbox, client: Client) -> None:
    """A request with a session or a password acts as that user, or as no user."""
    cookie = f"billmgrses5={sign_in(panel)}"

    own = f"func=whoami&out=xml&authinfo={client.email}:anvil-4711"
    assert level(with_cookie(panel, cookie, own)) == "16"
    dead = with_cookie(panel, cookie, "func=whoami&out=xml&auth=dead")
    assert error(dead)[0] == "access"


def test_client_is_created_without_a_second_password(panel: Sandbox) -> None:
    """The two are compared only where both came."""
    form = panel.call("account.edit")
    given = {
        "email": "n@example.net",
        "country": options(form, "country")["Germany"],
        "project": options(form, "project")["Main provider"],
        "realname": "N",
        "passwd": "Abc12345",
        "employee": "null",
        "notify": "off",
    }
    reply = ask(panel, func="account.edit", sok="ok", out="xml", authinfo=OPERATOR, **given)

    assert is_ok(reply.body)
    assert parse(reply.body).findtext("id")
    assert sign_in(panel, "n@example.net", "Abc12345")
    again = {**given, "email": "m@example.net", "confirm": "other"}
    assert error(panel.call("account.edit", sok="ok", **again)) == ("value", "confirm")


def test_taken_address_is_a_taken_user(panel: Sandbox, client: Client) -> None:
    """As the vendor documents it, with the address as its value."""
    reply = panel.call("account.edit", email=client.email, sok="ok")

    assert error(reply) == ("exists", "user")
    assert parse(reply).findtext("error/param[@name='value']") == client.email


def test_client_lists_his_own_accounts(panel: Sandbox, client: Client) -> None:
    """Without ``elid``, signed in or acted as; another client's stay hidden."""
    other = new_client(panel, "other@example.com")
    known = {"func": "subaccount", "out": "xml", "authinfo": f"{client.email}:anvil-4711"}

    assert [row["id"] for row in rows(ask(panel, **known).body)] == [client.subaccount]
    assert [row["id"] for row in rows(panel.call("subaccount", su=other.email))] == [
        other.subaccount
    ]
    assert error(ask(panel, **known, elid=other.id).body) == ("missed", "elid")


def test_session_opens_for_login_and_password_in_one(panel: Sandbox) -> None:
    """A wrong one is refused as usual."""
    session = parse(ask(panel, func="auth", authinfo=OPERATOR, out="xml").body).findtext("auth")

    assert level(ask(panel, func="whoami", auth=session or "", out="xml").body) == "29"
    wrong = ask(panel, func="auth", authinfo=f"{ADMIN}:no", out="xml")
    assert error(wrong.body) == ("auth", "badpassword")


def test_second_factor_gives_a_new_session(panel: Sandbox) -> None:
    """Until then every call of the session only names the form to confirm."""
    panel.settings = replace(panel.settings, second_factor=True)
    pending = sign_in(panel)
    known = {"auth": pending, "out": "xml"}

    before = parse(ask(panel, func="account", **known).body)
    form = fields(ask(panel, func="totp.confirm", **known).body)
    wrong = ask(panel, func="totp.confirm", qrcode="12a456", sok="ok", **known)
    reply = ask(panel, func="totp.confirm", qrcode="123456", sok="ok", **known)

    assert (before.findtext("ok"), before.find("elem")) == ("func=totp.confirm", None)
    assert form == {"qrcode": ""}
    assert error(wrong.body) == ("value", "qrcode")
    session = parse(reply.body).findtext("auth") or ""
    assert session not in {"", pending}
    assert level(ask(panel, func="whoami", auth=session, out="xml").body) == "29"
    assert error(ask(panel, func="whoami", **known).body)[0] == "access"
    assert {asked.params.get("qrcode") for asked in audit(panel)} == {None, "***"}


def test_password_in_every_call_meets_no_second_factor(panel: Sandbox) -> None:
    """Only a session can wait."""
    panel.settings = replace(panel.settings, second_factor=True)

    reply = ask(panel, func="whoami", authinfo=OPERATOR, out="xml")

    assert level(reply.body) == "29"


def test_command_line_takes_format_and_session_as_parameters(clock: Clock, tmp_path: Path) -> None:
    """``out=`` and ``auth=`` count, and an ended session acts as no user, not as root."""
    path = tmp_path / "panel.sqlite3"
    with Sandbox(path, clock=clock) as panel:
        client = new_client(panel)
    with Sandbox(path) as panel:
        session = sign_in(panel, client.email, "anvil-4711")

    def mgrctl(*given: str) -> bytes:
        return run(understand(["--database", str(path), "-m", "billmgr", *given], {}))

    assert level(mgrctl("whoami", "out=xml")) == "30"
    assert level(mgrctl("-o", "xml", "whoami", f"auth={session}")) == "16"
    assert json.loads(mgrctl("whoami", "out=bjson", f"su={client.email}"))["user_level"] == "16"
    assert error(mgrctl("-o", "xml", "whoami", "auth=dead"))[0] == "access"


def test_key_for_an_unknown_user_is_refused(panel: Sandbox) -> None:
    """A single-use key needs a user, on the local command line as well."""
    answer = panel.call("session.newkey", key="0123456789abcdef")

    assert error(answer) == ("missed", "user")


def test_error_tells_whose_call_failed(panel: Sandbox, client: Client) -> None:
    """User and level stand beside the function."""
    reply = panel.call("account.edit", elid="99", su=client.email)
    action = parse(reply).find("error/stack/action")

    assert action is not None
    assert action.attrib == {"level": "16", "user": client.email}
    assert action.text == "account.edit"
