"""Long tasks, busy panels, labels, in-process failures, and what is logged."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import (
    BusyError,
    LongTaskError,
    LostAnswerError,
    NotAPanelError,
    PanelError,
    StatusError,
    UnreachableError,
)
from reconciler.model.address import ElementId
from reconciler.model.target import Limits
from reconciler.panel import open_panel
from reconciler.panel.mgrctl import Mgrctl
from reconciler.panel.request import Request
from reconciler.wire.call import edit_call, form_call, order_call
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
    target,
)

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.wire.call import Call

READ = form_call("account.edit", ElementId("5"))
WRITE = edit_call("account.edit", ElementId("5"), (("note", "x"),))
ORDER = order_call("vds.order.param", (("pricelist", "3"),), su="client", charge=True)
FORM = doc("<elid>5</elid>")
OK = doc("<ok/>")
LONG = b"This takes long: /long77/billmgr"
BUSY = b"Request in process, please wait"


def ask(app: object, call: Call, clock: InstantClock | None = None) -> object:
    """Ask once; return the answer or the error."""

    async def run() -> object:
        place = target(limits=Limits(read=5.0))
        async with open_panel(
            place, secrets=SecretTable(), clock=clock or InstantClock(), app=app
        ) as panel:
            try:
                return await (panel.submit(call) if call.writes else panel.form(call))
            except PanelError as failure:
                return failure

    return asyncio.run(run())


@pytest.mark.parametrize("call", [READ, WRITE])
def test_long_task_is_polled_until_it_answers(call: Call) -> None:
    """On the same origin, with the credentials, and without the call itself."""
    answers = [LONG, LONG, BUSY, OK if call.writes else FORM]
    script = ScriptedPanel(lambda _: answers.pop(0))
    assert not isinstance(ask(script, call), PanelError)
    polls = script.asked[2:]
    assert [fields["path"] for fields in polls] == ["/long77/billmgr"] * 3
    assert all(fields.keys() == {"out", "lang", "auth", "path"} for fields in polls)


def test_long_task_that_never_ends_is_in_doubt() -> None:
    """Polling ends at the deadline; the write is not sent again."""
    script = ScriptedPanel(lambda _: LONG)
    assert isinstance(ask(script, WRITE), LongTaskError)
    assert script.funcs.count("account.edit") == 1
    assert len(script.asked) < 12


def test_busy_panel_is_waited_for_by_reads_alone() -> None:
    """A duplicate of a write is in work: nobody knows what became of it."""
    answers = [BUSY, BUSY, FORM]
    assert not isinstance(ask(ScriptedPanel(lambda _: answers.pop(0)), READ), PanelError)
    script = ScriptedPanel(lambda _: BUSY)
    assert isinstance(ask(script, WRITE), BusyError)
    assert script.funcs.count("account.edit") == 1
    refused = ScriptedPanel(lambda _: doc("<error>Request in process, please wait</error>"))
    assert isinstance(ask(refused, WRITE), BusyError)


def test_order_may_be_answered_by_nothing() -> None:
    """The engine learns that nothing was confirmed."""
    done = ask(ScriptedPanel(lambda _: doc("")), ORDER)
    assert getattr(done, "confirmed", None) is False
    assert isinstance(ask(ScriptedPanel(lambda _: doc("")), WRITE), NotAPanelError)


def test_malformed_reply_names_its_request_and_user() -> None:
    """A text that no document can hold is found in the panel only by where it was read."""
    call = form_call("account.discount.edit", ElementId("7"), plid=ElementId("5"))
    said = str(ask(ScriptedPanel(lambda _: b"<doc><note>\x0b</note></doc>"), call))

    assert said.startswith("account.discount.edit (plid 5, elid 7): the answer is not a panel's")


def test_labels_are_asked_for_with_the_description() -> None:
    """``labels`` makes one call a described one."""
    body = doc('<messages><msg name="elid">Number</msg></messages><elid>5</elid>')
    script = ScriptedPanel(lambda _: body)
    form = ask(script, replace(READ, labels=True))
    assert getattr(form, "labels", None) == {"elid": "Number"}
    assert script.asked[-1]["out"] == "devel"


def test_application_that_breaks_is_a_lost_answer() -> None:
    """An exception, or no answer at all, is no answer; the call ends."""

    def breaking(fields: Fields) -> bytes:
        raise RuntimeError(fields["func"])

    assert isinstance(ask(ScriptedPanel(breaking), WRITE), StatusError)

    async def silent(scope: object, receive: object, send: object) -> None:
        pass

    assert isinstance(ask(silent, READ), LostAnswerError)

    async def cut(scope: object, receive: object, send: object) -> None:
        reply = ScriptedReply(OK, headers=(("content-length", "9999"),))
        await ScriptedPanel(lambda _: reply, sign_in=False)(scope, receive, send)  # type: ignore[arg-type]

    assert isinstance(ask(cut, READ), LostAnswerError)


def test_log_shows_results_and_no_parameters(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Function, effect, time and result; no parameter, no session, no address."""
    answers = [FORM, error("value", "note")]
    with caplog.at_level(logging.DEBUG):
        script = ScriptedPanel(lambda _: answers.pop(0))

        async def run() -> None:
            async with open_panel(
                target(), secrets=SecretTable(), clock=InstantClock(), app=script
            ) as panel:
                await panel.form(READ)
                with pytest.raises(PanelError):
                    await panel.submit(
                        edit_call("account.edit", ElementId("5"), (("note", "zebra"),))
                    )

        asyncio.run(run())
    ours = [record.getMessage() for record in caplog.records if record.name == "reconciler.panel"]
    assert [line.split(" ms=")[0] for line in ours] == [
        "func=auth effect=read",
        "func=account.edit effect=read",
        "func=account.edit effect=edit",
        "reads=2 writes=1 failures=1",
    ]
    assert ours[2].endswith("result=refused:value")
    for secret in (PASSPHRASE, SESSION, "zebra", "localhost"):
        assert secret not in caplog.text
    assert not [r for r in caplog.records if r.name.startswith(("httpx", "httpcore", "aiohttp"))]


PROGRAM = """#!/bin/sh
printf '<doc><ok/><a>%s</a><b>%s</b></doc>' "$*" "$RECONCILER_SECRET_1"
exit 3
"""


def run_program(text: str, tmp_path: Path, deadline: float = 5.0) -> bytes:
    """Run a program of our own as if it were the panel's."""
    program = tmp_path / "mgrctl"
    program.write_text(text)
    program.chmod(0o700)
    fields = (
        ("func", "account.edit"),
        ("passwd", "se cret"),
        ("note", "$HOME `x`"),
        ("out", "xml"),
    )
    request = Request(fields, True, frozenset({"passwd"}))  # noqa: FBT003 - it writes
    return asyncio.run(Mgrctl(str(program), deadline).send(request))


def test_command_line_answers_by_what_it_prints(tmp_path: Path) -> None:
    """The exit status says nothing; no shell touches the values."""
    printed = run_program(PROGRAM, tmp_path).decode()
    assert "-m billmgr -o xml -e passwd=$RECONCILER_SECRET_1 account.edit" in printed
    assert "note=$HOME `x`" in printed
    assert "<b>se cret</b>" in printed


def test_command_line_ends_at_the_deadline(tmp_path: Path) -> None:
    """A program that hangs is stopped, and its write is in doubt."""
    with pytest.raises(LostAnswerError):
        run_program("#!/bin/sh\nexec sleep 30\n", tmp_path, deadline=0.1)


def test_command_line_that_is_not_there_did_nothing(tmp_path: Path) -> None:
    """No program, no request."""
    request = Request((("func", "whoami"), ("out", "xml")))
    with pytest.raises(UnreachableError):
        asyncio.run(Mgrctl(str(tmp_path / "nothing"), 1.0).send(request))
