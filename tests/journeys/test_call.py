"""``call``: any function of the panel, with a consent for whatever does more than read."""

from __future__ import annotations

import json
import stat
from contextlib import closing
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from reconciler.manifest.report_schema import report_schemas
from reconciler.sandbox import ADMIN, PASSPHRASE, Sandbox
from tests.journeys.shaky import App, Message, Receive, Send, serving

if TYPE_CHECKING:
    from tests.journeys.conftest import Project

PDF = b"%PDF-1.4\n\x00\xfe invoice"


@pytest.fixture
def seeded(project: Project) -> Project:
    """A project whose panel has clients, payments and services."""
    project.run("sandbox", "seed", "--clients", "4")
    return project


def document(project: Project, *words: str) -> dict[str, Any]:
    """Call for programs; the answer is as its schema says."""
    found = project.run("call", *words, "--json").document
    jsonschema.validate(found, report_schemas()["call.schema.json"])
    return found


def first_client(project: Project) -> str:
    """Return the id of some client."""
    return str(document(project, "account")["rows"][0]["values"]["id"])


def test_list_is_read_whole_as_a_table(seeded: Project) -> None:
    """And nothing is written by it."""
    text = seeded.run("call", "account")

    assert "4 rows.\n" in text.out
    assert "email" in text.out.splitlines()[0]
    assert seeded.writes() == []


def test_form_shows_its_fields_and_options(seeded: Project) -> None:
    """Opening a form is a question."""
    client = first_client(seeded)
    form = document(seeded, "account.edit", f"elid={client}")

    assert form["answer"] == "form"
    assert form["fields"]["elid"] == client
    assert "Germany" in form["options"]["country"].values()
    assert seeded.writes() == []


def test_identity_is_shown_in_parts(seeded: Project) -> None:
    """What has no known shape is shown as it came, without the session."""
    found = document(seeded, "whoami")

    assert found["answer"] == "parts"
    user = next(part for part in found["parts"] if part["name"] == "user")
    assert user["attributes"]["level"] == "29"
    assert "tparams" not in json.dumps(found)


def test_edit_needs_a_consent_and_is_done_once(seeded: Project) -> None:
    """Refused without --confirm, with nothing sent."""
    client = first_client(seeded)
    words = ("call", "account.edit", f"elid={client}", "note=checked", "sok=ok")
    before = len(seeded.asked())

    refused = seeded.run(*words, code=4)
    assert "nothing was sent: add --confirm" in refused.err
    assert len(seeded.asked()) == before

    assert seeded.run(*words, "--confirm").out.startswith("Done.")
    assert seeded.writes() == ["account.edit"]
    assert document(seeded, "account.edit", f"elid={client}")["fields"]["note"] == "checked"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("payment.setpaid", "elid=999999"), "adds funds to the client's account"),
        (("ticket.write.account", "elid=1", "sok=ok"), "sends a ticket to the client"),
        (("account.sms", "elid=1", "sok=ok"), "sends an SMS"),
        (("payment.send", "elid=1"), "by email"),
        (("register", "email=a@b.example", "sok=ok"), "may write to the address"),
        (("vds.edit", "elid=1", "ostempl=x", "sok=ok"), "reinstalls the machine"),
        (("mystery.machine",), "may do anything"),
    ],
)
def test_what_charges_messages_or_destroys_is_said(
    seeded: Project, words: tuple[str, ...], said: str
) -> None:
    """Before anything is sent, and again when it is."""
    asked = len(seeded.asked())
    refused = seeded.run("call", *words, code=4)

    assert said in refused.err
    assert len(seeded.asked()) == asked
    # This one answers ok for nothing; the panel has none of the others, or none of the objects.
    code = 0 if words[0] == "payment.setpaid" else 4
    assert said in seeded.run("call", *words, "--confirm", code=code).err


def test_no_of_the_panel_is_a_refusal(seeded: Project) -> None:
    """Exit code 4, as text and as JSON."""
    assert "missed" in seeded.run("call", "account.edit", "elid=999999", code=4).err
    found = seeded.run("call", "account.edit", "elid=999999", "--json", code=4).document

    assert found["error"]["code"] == "refused"


@pytest.mark.parametrize(
    "words",
    [
        ("account", "su=ann"),
        ("account", "out=text"),
        ("account", "func=account.delete"),
        ("account", "authinfo=a:b"),
        ("account", "nothing"),
        ("account", "p_num=2"),
        ("account.delete", "elid=1, 2"),
        ("account.edit", "elid=", "sok=ok"),
        ("account.edit", "passwd=plain-4711", "sok=ok"),
        ("account.edit", "a=@env:"),
        ("auth", "username=x"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(seeded: Project, words: tuple[str, ...]) -> None:
    """Nothing is sent, and no value is repeated."""
    asked = len(seeded.asked())
    ended = seeded.run("call", *words, "--confirm", code=64)

    assert len(seeded.asked()) == asked
    assert "4711" not in ended.err


def test_secret_comes_from_the_environment_or_a_file(
    seeded: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key for signing in once, and an @ that is only an @."""
    monkeypatch.setenv("ONE_TIME", "key-0123456789-0123456789")
    seeded.run("call", "session.newkey", f"username={ADMIN}", "key=@env:ONE_TIME", "--confirm")
    seeded.write("secret.txt", "file-0123456789-0123456789\n")
    seeded.run("call", "session.newkey", f"username={ADMIN}", "key=@file:secret.txt", "--confirm")
    client = first_client(seeded)
    seeded.run("call", "account.edit", f"elid={client}", "note=@@me", "sok=ok", "--confirm")

    assert document(seeded, "account.edit", f"elid={client}")["fields"]["note"] == "@me"
    seeded.run("call", "session.newkey", "username=x", "key=@env:UNSET", "--confirm", code=3)


def test_somebody_else_can_be_acted_as(seeded: Project) -> None:
    """By --su alone."""
    login = document(seeded, "account")["rows"][0]["values"]["email"]
    found = document(seeded, "whoami", "--su", login)

    assert login in json.dumps(found)


def test_answer_is_written_beside_what_is_printed(seeded: Project) -> None:
    """As text, or as the document."""
    shown = seeded.run("call", "account", "--out", "account.txt")
    found = document(seeded, "account", "--out", "account.json")

    assert (seeded.root / "account.txt").read_text() == shown.out
    assert json.loads((seeded.root / "account.json").read_text()) == found


def _instead(sign: bytes, status: int, body: bytes, app: App) -> App:
    """Answer the requests that bear a sign by ourselves, and hand everything else on."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        message = await receive()
        if sign in message.get("body", b""):
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": body})
            return

        async def again() -> Message:
            return message

        await app(scope, again, send)

    return answer


def _point(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("RECONCILER_URL", url)
    monkeypatch.setenv("RECONCILER_USERNAME", ADMIN)
    monkeypatch.setenv("RECONCILER_PASSWORD", PASSPHRASE)


def test_printed_invoice_is_a_file(seeded: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte by byte, for nobody else to read, and never on the terminal."""
    with closing(Sandbox(seeded.database)) as sandbox:
        app = _instead(b"func=payment.print.pdf", 200, PDF, sandbox)
        with serving(app) as url:
            _point(monkeypatch, url)
            ended = seeded.run("call", "payment.print.pdf", "elid=5", "--out", "invoice.pdf")
            bare = seeded.run("call", "payment.print.pdf", "elid=5")

    file = seeded.root / "invoice.pdf"
    assert file.read_bytes() == PDF
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ended.out == bare.out == f"A file of {len(PDF)} bytes.\n"
    assert "--out" in bare.err


def test_lost_answer_is_not_asked_for_again(
    seeded: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call by hand is sent once, whatever becomes of it."""
    client = first_client(seeded)
    with closing(Sandbox(seeded.database)) as sandbox:
        app = _instead(b"sok=ok", 502, b"", sandbox)
        with serving(app) as url:
            _point(monkeypatch, url)
            words = (f"elid={client}", "note=x", "sok=ok", "--confirm")
            ended = seeded.run("call", "account.edit", *words, code=8)

    assert "502" in ended.err
    assert "account.edit" not in seeded.writes()
