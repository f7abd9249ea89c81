"""``call``: any function of the panel, with a consent for whatever does more than read."""

from __future__ import annotations

import json
import shlex
import stat
from contextlib import closing
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from reconciler.documents.schemas import report_schemas
from reconciler.sandbox import ADMIN, PASSPHRASE, Sandbox, sent_messages
from tests.support.http_panel import App, Message, Receive, Send, serve_over_http
from tests.support.sandbox_client import ask, error, sign_in

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject


@pytest.fixture
def seeded(project: CommandLineProject) -> CommandLineProject:
    """A project whose panel has clients, payments and services."""
    project.run("sandbox", "seed", "--clients", "4")
    return project


def document(project: CommandLineProject, *words: str) -> dict[str, Any]:
    """Call for programs; the answer is as its schema says."""
    found = project.run("call", *words, "--json").document
    jsonschema.validate(found, report_schemas()["call.schema.json"])
    return found


def first_client(project: CommandLineProject) -> str:
    """Return the id of some client."""
    return str(document(project, "account")["rows"][0]["values"]["id"])


def test_complete_list_is_printed_as_a_table(seeded: CommandLineProject) -> None:
    """And nothing is written by it."""
    text = seeded.run("call", "account")

    assert "4 rows.\n" in text.out
    assert "email" in text.out.splitlines()[0]
    assert seeded.writes() == []


def test_form_shows_its_fields_and_options(seeded: CommandLineProject) -> None:
    """Opening a form is a question."""
    client = first_client(seeded)
    form = document(seeded, "account.edit", f"elid={client}")

    assert form["answer"] == "form"
    assert form["fields"]["elid"] == client
    assert "Germany" in form["options"]["country"].values()
    assert seeded.writes() == []


def test_form_shows_the_titles_of_add_ons(seeded: CommandLineProject) -> None:
    """What a manifest calls by its title is found by asking for the form of a service."""
    seeded.run("sandbox", "seed", "--clients", "40")
    elid = f"elid={document(seeded, 'vds')['rows'][0]['values']['id']}"
    shown = document(seeded, "vds.edit", elid)

    titles = {name: text for name, text in shown["titles"].items() if name.startswith("addon_")}
    assert "Memory, GB" in titles.values()
    text = seeded.run("call", "vds.edit", elid).out
    assert all(f"{name} ({title})  " in text for name, title in titles.items())


def test_identity_is_shown_in_parts(seeded: CommandLineProject) -> None:
    """What has no known shape is shown as it came, without the session."""
    found = document(seeded, "whoami")

    assert found["answer"] == "parts"
    user = next(part for part in found["parts"] if part["name"] == "user")
    assert user["attributes"]["level"] == "29"
    assert "tparams" not in json.dumps(found)


def test_edit_needs_a_consent_and_is_done_once(seeded: CommandLineProject) -> None:
    """Refused without --confirm, with nothing sent."""
    client = first_client(seeded)
    words = ("call", "account.edit", f"elid={client}", "note=checked", "sok=ok")
    before = len(seeded.asked())

    refused = seeded.run(*words, code=4)
    assert "nothing was sent: add --confirm" in refused.err
    assert len(seeded.asked()) == before

    remedy = refused.err.partition("  to send it: reconciler ")[2]
    assert seeded.run(*shlex.split(remedy)).out.startswith("Done.")
    assert seeded.writes() == ["account.edit"]
    assert document(seeded, "account.edit", f"elid={client}")["fields"]["note"] == "checked"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("payment.setpaid", "elid=999999"), "adds funds to the client's account"),
        (("ticket.write.account", "elid=1", "sok=ok"), "sends a ticket to the client"),
        (("account.sms", "elid=1", "sok=ok"), "sends an SMS"),
        (("payment.send", "elid=999999"), "by email"),
        (("register", "email=a@b.example", "sok=ok"), "may write to the address"),
        (("vds.edit", "elid=1", "ostempl=x", "sok=ok"), "reinstalls the machine"),
        (("mystery.machine",), "may do anything"),
    ],
)
def test_call_that_charges_messages_or_deletes_is_announced(
    seeded: CommandLineProject, words: tuple[str, ...], said: str
) -> None:
    """Before anything is sent, and again when it is."""
    asked = len(seeded.asked())
    refused = seeded.run("call", *words, code=4)

    assert said in refused.err
    assert len(seeded.asked()) == asked
    # Actions answer ok for nothing; there is nothing that the others could be done to.
    code = 0 if words[0] in {"payment.setpaid", "payment.send"} else 4
    assert said in seeded.run("call", *words, "--confirm", code=code).err


# Of every function of the two documents: how it is called, and what the answer is.
READ = """\
account.discount.add plid={client} form
account rows
account.payment elid={client} rows
account.payment.filter form
account.filter form
payment.edit plid={client} elid={payment} form
payment.refund plid={client} elid={payment} form
payment.history elid={payment} rows
payment.print elid={payment} parts
payment.print.pdf elid={payment} file
payment.expense elid={payment} rows
payment.expense.edit plid={payment} form
payment.orderinfo elid={payment} rows
payment.orderinfo.edit plid={payment} elid={payment} form
account.group elid={client} rows
subaccount elid={client} rows
subaccount.edit plid={client} elid={account} form
account.discount elid={client} rows
account.discount.edit plid={client} form
account.sms elid={client} form
account.currencyrate elid={client} rows
account.currencyrate.edit plid={client} form
subaccount.expense elid={client} rows
subaccount.expense.filter form
subaccount.expense.edit plid={client} form
account.taxrule elid={client} rows
account.taxrule.edit plid={client} form
account.edit elid={client} form
account.project elid={client} rows
register form
vds.order --su {login} form
vhost.order --su {login} form
dedic.order --su {login} form
"""
WRITE = """\
payment.edit plid={client} elid={payment} note=x sok=ok done
payment.orderinfo.edit plid={payment} elid={payment} name=y sok=ok done
payment.send elid={payment} done
ticket.write.payment elid={payment} message=x sok=ok done
ticket.write.account elid={client} message=x sok=ok done
ticket.write.account elid={client} form
account.sms elid={client} phone=+1 message=x sok=ok done
payment.refund plid={client} elid={payment} amount=1.00 sok=ok done
payment.setpaid elid={payment} done
subaccount.expense.edit plid={client} {expense} amount=2.00 sok=ok done
payment.expense.edit plid={payment} expense=1 amount=1.00 sok=ok done
payment.expense.delete plid={payment} elid=1 done
subaccount.expense.delete elid=1 done
subaccount.refund elid={account} amount=1.00 sok=ok done
subaccount.suspend plid={client} elid={account} done
subaccount.resume plid={client} elid={account} done
account.group.resume plid={client} elid={group} done
account.group.suspend plid={client} elid={group} done
account.project.suspend plid={client} elid={project} done
account.project.resume plid={client} elid={project} done
payment.add --su {login} doubt
account.su elid={client} unclear
account.setfilter elid={client} done
account.setfilter done
payment.delete elid=999999 done
account.discount.delete plid={client} elid=999999 done
account.currencyrate.delete plid={client} elid=999999 done
account.taxrule.delete plid={client} elid=999999 done
vds.delete elid=999999 sok=ok done
register email=new@zeta.example passwd=@env:CHOSEN conditions_agree=on recovery=on sok=ok done
account.delete elid={client} done
"""


@pytest.fixture
def ids(seeded: CommandLineProject) -> dict[str, str]:
    """What the panel calls a client, and what is his."""
    row = document(seeded, "account")["rows"][0]["values"]
    client, login = row["id"], row["email"]

    def first(func: str) -> str:
        return str(document(seeded, func, f"elid={client}")["rows"][0]["values"]["id"])

    form = document(seeded, "subaccount.expense.edit", f"plid={client}")
    account, operation = first("subaccount"), next(iter(form["options"]["operation"]))
    return {
        "client": client,
        "login": login,
        "account": account,
        "payment": first("account.payment"),
        "group": first("account.group"),
        "project": first("account.project"),
        "expense": f"subaccount={account} operation={operation}",
    }


def test_every_documented_read_function_answers(
    seeded: CommandLineProject, ids: dict[str, str]
) -> None:
    """Without a consent, for what it is, and nothing is changed by any of them."""
    wrong = {}
    for line in READ.splitlines():
        *words, expected = line.format(**ids).split()
        found = document(seeded, *words)
        if found["answer"] != expected:
            wrong[line] = found

    assert wrong == {}
    assert seeded.writes() == []


def test_every_documented_write_function_runs_with_consent(
    seeded: CommandLineProject, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And with one alone; a form that comes back says that nothing was done.

    What only names the next form has done it, or has not.
    """
    monkeypatch.setenv("CHOSEN", "chosen-0123456789")
    for line in WRITE.splitlines():
        *words, expected = line.format(**ids).split()
        asked = len(seeded.asked())
        assert "add --confirm" in seeded.run("call", *words, code=4).err
        assert len(seeded.asked()) == asked
        code = {"done": 0, "form": 4, "doubt": 7, "unclear": 8}[expected]
        found = seeded.run("call", *words, "--confirm", "--json", code=code).document
        assert found["answer"] == ("form" if expected == "form" else "done"), line


def test_recipients_of_messages_are_announced_before_the_call(
    seeded: CommandLineProject, ids: dict[str, str]
) -> None:
    """What the panel sends is what the call was warned of, and nothing is sent without."""
    for words, way in (
        (("payment.send", f"elid={ids['payment']}"), "email"),
        (("account.sms", f"elid={ids['client']}", "message=x", "sok=ok"), "sms"),
        (("ticket.write.account", f"elid={ids['client']}", "message=x", "sok=ok"), "ticket"),
    ):
        before = len(sent_messages(seeded.database))
        seeded.run("call", *words, code=4)
        assert len(sent_messages(seeded.database)) == before
        seeded.run("call", *words, "--confirm")
        (letter,) = sent_messages(seeded.database)[before:]
        assert (letter.client, letter.way) == (int(ids["client"]), way)


def test_no_of_the_panel_is_a_refusal(seeded: CommandLineProject) -> None:
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
def test_contradictory_arguments_are_wrong_usage(
    seeded: CommandLineProject, words: tuple[str, ...]
) -> None:
    """Nothing is sent, and no value is repeated."""
    asked = len(seeded.asked())
    result = seeded.run("call", *words, "--confirm", code=64)

    assert len(seeded.asked()) == asked
    assert "4711" not in result.err


def test_secret_comes_from_the_environment_or_a_file(
    seeded: CommandLineProject, monkeypatch: pytest.MonkeyPatch
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


def test_ended_session_belongs_to_no_user(
    seeded: CommandLineProject, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a consent; its next use is refused like a missing right, and whoami tells the two."""
    seeded.panel("account.edit", elid=ids["client"], passwd="x-4711", confirm="x-4711", sok="ok")
    with closing(Sandbox(seeded.database)) as sandbox:
        gone, kept = sign_in(sandbox), sign_in(sandbox, ids["login"], "x-4711")
        monkeypatch.setenv("THEIRS", gone)
        words = ("call", "session.delete", "elid=@env:THEIRS", "sok=ok")
        seeded.run(*words, code=4)
        assert error(ask(sandbox, func="account", auth=gone, out="xml").body) == ("", "")

        result = seeded.run(*words, "--confirm")

        refused = [ask(sandbox, func="account", auth=s, out="xml").body for s in (gone, kept)]
        asked = [ask(sandbox, func="whoami", auth=s, out="xml").body for s in (gone, kept)]
    assert result.out == "Done.\n"
    assert gone not in result.out + result.err
    assert [error(body) for body in refused] == [("access", "account")] * 2
    assert [error(body)[0] for body in asked] == ["access", ""]


def test_another_user_can_be_acted_as(seeded: CommandLineProject) -> None:
    """By --su alone."""
    login = document(seeded, "account")["rows"][0]["values"]["email"]
    found = document(seeded, "whoami", "--su", login)

    assert login in json.dumps(found)


def test_answer_is_saved_to_a_file_and_printed(seeded: CommandLineProject) -> None:
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


def test_printed_invoice_is_a_file(seeded: CommandLineProject, ids: dict[str, str]) -> None:
    """Byte by byte, for nobody else to read, and never on the terminal."""
    words = ("call", "payment.print.pdf", f"elid={ids['payment']}")
    with closing(Sandbox(seeded.database)) as sandbox:
        printed = sandbox.call("payment.print.pdf", elid=ids["payment"])
    result = seeded.run(*words, "--out", "invoice.pdf")
    bare = seeded.run(*words)

    file = seeded.root / "invoice.pdf"
    assert file.read_bytes() == printed
    assert printed.startswith(b"%PDF-")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert result.out == bare.out == f"A file of {len(printed)} bytes.\n"
    assert "--out" in bare.err


PLAIN = ("account.edit", "elid=1", "note=x")
ORDER = ("vds.order.param",)


@pytest.mark.parametrize(
    ("words", "body", "code", "out"),
    [
        # Some panels answer an order so; the sender has to look.
        (ORDER, b"<doc/>", 7, "Neither confirmed nor refused."),
        (PLAIN, b"<doc/>", 8, "Neither confirmed nor refused."),
        (("account.edit", "skipbasket=on"), b"<doc/>", 7, "Neither confirmed nor refused."),
        (ORDER, b"<doc><ok>func=next.form</ok></doc>", 7, "Neither confirmed nor refused."),
        (PLAIN, b"<doc><ok>func=next.form</ok></doc>", 8, "Neither confirmed nor refused."),
        (ORDER, b"<doc><elem><id>1</id></elem></doc>", 7, "1 row."),
        (PLAIN, b"<doc><what><is>this</is></what></doc>", 8, "is: this"),
        # A form in place of a confirmation was not submitted.
        (ORDER, b"<doc><period>1</period></doc>", 4, "period  1"),
        (PLAIN, b"<doc><note>x</note></doc>", 4, "note  x"),
        (PLAIN, b"<doc><ok/></doc>", 0, "Done."),
        # What lists does nothing but list, even with a confirmation.
        (("payment",), b"<doc><elem><id>1</id></elem></doc>", 0, "1 row."),
    ],
)
def test_unconfirmed_call_never_exits_with_0(
    seeded: CommandLineProject,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    body: bytes,
    *,
    code: int,
    out: str,
) -> None:
    """Where money may have moved it is in doubt, elsewhere the panel does not answer like one."""
    with (
        closing(Sandbox(seeded.database)) as sandbox,
        serve_over_http(_instead(b"sok=ok", 200, body, sandbox)) as url,
    ):
        _point(monkeypatch, url)
        result = seeded.run("call", *words, "sok=ok", "--confirm", code=code)
        found = seeded.run("call", *words, "sok=ok", "--confirm", "--json", code=code).document

    jsonschema.validate(found, report_schemas()["call.schema.json"])
    assert out in result.out
    assert ("check in the panel before you send it again" in result.err) is (code in {7, 8})
    assert ("the panel returned a form: nothing was applied" in result.err) is (code == 4)


def test_lost_answer_to_a_charge_is_in_doubt(
    seeded: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said as text and as JSON, by a code of its own; what never left is none."""
    words = ("call", "service.prolong", "elid=1", "sok=ok", "--confirm")
    with (
        closing(Sandbox(seeded.database)) as sandbox,
        serve_over_http(_instead(b"sok=ok", 502, b"", sandbox)) as url,
    ):
        _point(monkeypatch, url)
        result = seeded.run(*words, code=7)
        found = seeded.run(*words, "--json", code=7).document

    assert "service.prolong (elid 1) was sent and may have taken effect" in result.err
    assert found["error"]["code"] == "in-doubt"
    _point(monkeypatch, "http://127.0.0.1:9/billmgr")
    seeded.run(*words, code=8)


def test_immediately_charged_order_is_classified_as_a_write(seeded: CommandLineProject) -> None:
    """Even where nobody confirms it, it needs a consent."""
    result = seeded.run("call", "vds.order.param", "skipbasket=on", code=4)

    assert "nothing was sent: add --confirm" in result.err


def test_lists_within_a_form_are_shown(
    seeded: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As tables below its fields, and by their names for programs."""
    body = (
        b"<doc><project>1</project><project>2</project><amount/>"
        b'<list name="methods"><elem><paymethod>7</paymethod><name>Card</name></elem></list></doc>'
    )
    with (
        closing(Sandbox(seeded.database)) as sandbox,
        serve_over_http(_instead(b"payment.add.method", 200, body, sandbox)) as url,
    ):
        _point(monkeypatch, url)
        text = seeded.run("call", "payment.add.method", "--confirm").out
        found = document(seeded, "payment.add.method", "--confirm")

    assert "list methods: 1 row\npaymethod  name\n7          Card\n" in text
    assert text.endswith("\nproject: 1\nproject: 2\n")
    assert found["lists"]["methods"][0]["values"] == {"paymethod": "7", "name": "Card"}
    assert [part["text"] for part in found["parts"]] == ["1", "2"]


def test_lost_answer_is_not_asked_for_again(
    seeded: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call by hand is sent once, whatever becomes of it."""
    client = first_client(seeded)
    with closing(Sandbox(seeded.database)) as sandbox:
        app = _instead(b"sok=ok", 502, b"", sandbox)
        with serve_over_http(app) as url:
            _point(monkeypatch, url)
            words = (f"elid={client}", "note=x", "sok=ok", "--confirm")
            result = seeded.run("call", "account.edit", *words, code=8)

    assert "502" in result.err
    assert f"account.edit (elid {client}) was sent and may have taken effect" in result.err
    assert "account.edit" not in seeded.writes()
