"""Looking closely, and calling by hand: the same guards as for all other requests."""

from __future__ import annotations

import asyncio
from html import escape
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import LostAnswerError, NotAPanelError, RejectedError, WriteForbiddenError
from reconciler.kinds.catalogue import discover
from reconciler.model.value import Secret
from reconciler.panel import open_inspector, open_operator
from reconciler.wire.call import (
    Call,
    Effect,
    clear_client_filter_call,
    clear_filter_call,
    list_call,
)
from reconciler.wire.functions import classify_call
from reconciler.wire.raw_call import raw_call
from reconciler.wire.reply import Confirmation, FileReply, Rows
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
    from collections.abc import Callable

    from reconciler.model.target import AuthMethod
    from reconciler.wire.call import Params
    from reconciler.wire.reply import Answer

FILTERED = (
    '<metadata type="list" key="id"><coldata><col name="id"/></coldata></metadata>'
    '<p_filter name="country"/><elem><id>1</id></elem><p_cnt>50</p_cnt><p_num>1</p_num>'
    "<p_elems>1</p_elems>"
)
PDF = b"%PDF-1.4 invoice"


def call_by_hand(
    answer: Callable[[Fields], ScriptedReply | bytes], func: str, params: Params = ()
) -> tuple[Answer, ScriptedPanel]:
    """Call a function that was typed, through what may write."""
    app = ScriptedPanel(answer)
    plain = {name: str(value) for name, value in params}
    call = raw_call(func, params, classify_call(func, plain))

    async def run() -> Answer:
        async with open_operator(
            target(), secrets=SecretTable(), clock=InstantClock(), app=app
        ) as operator:
            return await operator.answer(call)

    return asyncio.run(run()), app


def inspect(call: Call, answer: bytes, *, page: bool = True) -> tuple[Answer, ScriptedPanel]:
    """Look at something through what may only read."""
    app = ScriptedPanel(lambda _fields: answer)

    async def run() -> Answer:
        async with open_inspector(
            target(), secrets=SecretTable(), kinds=discover(), clock=InstantClock(), app=app
        ) as inspector:
            return await (inspector.page(call) if page else inspector.answer(call))

    return asyncio.run(run()), app


def test_inspected_page_may_be_incomplete() -> None:
    """The filters in force, and the panel's own description."""
    page, app = inspect(list_call("account"), doc(FILTERED))

    assert isinstance(page, Rows)
    assert page.filters == ("country",)
    assert page.columns == {"id"}
    assert app.asked[-1]["out"] == "devel"


@pytest.mark.parametrize(
    "call",
    [
        clear_filter_call("account"),
        clear_client_filter_call(),
        Call("account.filter", (("sok", "ok"),), Effect.READ),
        Call("account.delete", (("elid", "5"),), Effect.READ),
        Call("account", (("sok", "ok"),), Effect.READ),
    ],
)
def test_inspector_cannot_write(call: Call) -> None:
    """Neither by a page nor by an answer of any shape."""
    for page in (True, False):
        with pytest.raises(WriteForbiddenError):
            inspect(call, doc("<ok/>"), page=page)


def test_file_comes_as_it_is() -> None:
    """The bytes, to the last one."""
    answer, _ = call_by_hand(lambda _: PDF, "payment.print.pdf", (("elid", "5"),))

    assert answer == FileReply(PDF)


def test_refusal_in_place_of_a_file_is_a_refusal() -> None:
    """An error document is no file, and a file is no answer to anything else."""
    with pytest.raises(RejectedError):
        call_by_hand(lambda _: error("missed"), "payment.print.pdf", (("elid", "5"),))
    with pytest.raises(NotAPanelError):
        call_by_hand(lambda _: PDF, "payment.setpaid", (("elid", "5"),))


def test_ended_session_is_renewed_for_a_file_as_well() -> None:
    """The answer to an ended session is a document, and is understood as one."""
    seen: list[str] = []

    def answer(fields: Fields) -> bytes:
        seen.append(fields["func"])
        return error("access") if seen.count("payment.print.pdf") < 2 else PDF

    assert call_by_hand(answer, "payment.print.pdf", (("elid", "5"),))[0] == FileReply(PDF)


@pytest.mark.parametrize(
    "reply", [ScriptedReply(status=502), ScriptedReply(b"<html></html>"), ScriptedReply(b"")]
)
def test_call_by_hand_is_sent_once(reply: ScriptedReply) -> None:
    """Whatever becomes of its answer."""
    app = ScriptedPanel(lambda _fields: reply)
    call = raw_call(
        "payment.setpaid", (("elid", "5"),), classify_call("payment.setpaid", {"elid": "5"})
    )

    async def run() -> None:
        async with open_operator(
            target(), secrets=SecretTable(), clock=InstantClock(), app=app
        ) as operator:
            await operator.answer(call)

    with pytest.raises(LostAnswerError):
        asyncio.run(run())
    assert app.funcs.count("payment.setpaid") == 1


def test_session_is_ended_by_its_word_even_where_that_is_a_secret() -> None:
    """The one element that is no number."""
    secret = Secret("env", ("PANEL_PASSWORD",))
    answer, app = call_by_hand(
        lambda _: doc("<ok/>"), "session.delete", (("elid", secret), ("sok", "ok"))
    )

    assert isinstance(answer, Confirmation)
    assert app.asked[-1]["elid"] == PASSPHRASE


@pytest.mark.parametrize("method", ["session", "authinfo"])
def test_refusal_that_repeats_what_was_sent_is_masked(method: AuthMethod) -> None:
    """It is kept in journals and reports, where nobody masks anything any more."""

    def answer(fields: Fields) -> bytes:
        return doc(f'<error type="value" object="x"><msg>{escape(str(fields))}</msg></error>')

    secret = Secret("env", ("PANEL_KEY",))
    params: Params = (("elid", "5"), ("passwd", secret), ("sok", "ok"))
    call = raw_call("account.edit", params, classify_call("account.edit", {"sok": "ok"}))

    async def run() -> None:
        place = target(method=method)
        async with open_operator(
            place, secrets=SecretTable(), clock=InstantClock(), app=ScriptedPanel(answer)
        ) as operator:
            await operator.answer(call)

    with pytest.raises(RejectedError) as refused:
        asyncio.run(run())
    assert "(secret)" in refused.value.message
    for text in (PASSPHRASE, "k" * 20, SESSION):
        assert text not in str(refused.value)
