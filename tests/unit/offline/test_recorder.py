"""What is recorded of a panel's answers: all that a plan reads, and no secret."""

from __future__ import annotations

import asyncio
import contextlib
from functools import wraps
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import AccessError, NotRecordedError, RejectedError, UncertainListError
from reconciler.kinds.catalogue import discover
from reconciler.model.address import ElementId
from reconciler.model.number import NumberShape
from reconciler.offline.answers import answers_document, read_answers
from reconciler.offline.recorder import SnapshotRecorder
from reconciler.offline.replay import ReplayReader
from reconciler.wire.call import create_form_call, form_call, list_call
from reconciler.wire.reply import CodedOptions, Form, Identity, ReplyPart, Row, TypeLists
from tests.support.reader import SilentReader

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from reconciler.wire.call import Call

ROW = Row(
    {"id": "7", "name": "Ann", "userpassword": "hidden"},
    {"name": "ann"},
    (ReplyPart("tag", "x", {"a": "b"}, (ReplyPart("y"),)),),
    NumberShape(",", " "),
)
FORM = Form(
    {"domain": "x.example", "userpassword": "hidden", "pin": "hidden", "sshkey": "kept"},
    {"period": {"12": "a year", "1": "a month"}, "country": CodedOptions({"1": "A"}, {"1": "AA"})},
    {"domain": "Domain"},
    frozenset({"domain", "userpassword"}),
    {"sshkey": "secret", "domain": "edit"},
    frozenset({"x"}),
    {"tariflist": (ROW,)},
)


class AnsweringReader(SilentReader):
    """Answers one list, one form, and refuses the others in several ways."""

    async def whoami(self, su: str | None = None) -> Identity:
        """Answer for ourselves, and for no client."""
        if su:
            raise AccessError("no right")
        return Identity("admin", 30)

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Answer the list of accounts alone."""
        if call.func != "account":
            raise UncertainListError(f"{call.func} is empty")
        return (ROW,)

    async def form(self, call: Call) -> Form:
        """Answer every form but that of object 9."""
        if call.param("elid") == "9":
            raise RejectedError("missed", "elid", "no such object")
        return FORM

    async def type_lists(self, func: str, su: str = "") -> TypeLists:
        """Know of one more list."""
        return TypeLists((f"{func}.vps",), certain=False)


async def recorded(*calls: Call) -> SnapshotRecorder:
    """Return a recorder that was asked for some forms."""
    recorder = SnapshotRecorder(AnsweringReader(), discover())
    for call in calls:
        with contextlib.suppress(RejectedError):
            await recorder.form(call)
    return recorder


def awaited(test: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
    """Run a test in an event loop of its own."""

    @wraps(test)
    def run() -> None:
        asyncio.run(test())

    return run


@awaited
async def test_recording_is_read_as_it_was_written() -> None:
    """Rows, forms, refusals and the order of options survive the file."""
    recorder = await recorded(form_call("vds.edit", ElementId("7")), form_call("x", ElementId("9")))
    await recorder.rows(list_call("account"))
    await recorder.whoami()
    await recorder.type_lists("vds", "a@b.example")
    with pytest.raises(UncertainListError):
        await recorder.rows(list_call("vds"))
    with pytest.raises(AccessError):
        await recorder.whoami("a@b.example")

    read = read_answers(answers_document(recorder.recording))

    assert read == recorder.recording
    form = read.forms[next(each for each in read.forms if each.func == "vds.edit")]
    assert isinstance(form, Form)
    assert [*form.options["period"]] == ["12", "1"]


@awaited
async def test_replay_answers_and_refuses_as_the_panel_did() -> None:
    """The same values and the same errors."""
    recorder = await recorded(form_call("vds.edit", ElementId("7")), form_call("x", ElementId("9")))
    with pytest.raises(UncertainListError):
        await recorder.rows(list_call("vds"))
    replay = ReplayReader(recorder.recording, discover())

    assert (await replay.form(form_call("vds.edit", ElementId("7")))).values[
        "domain"
    ] == "x.example"
    with pytest.raises(RejectedError, match="no such object") as refused:
        await replay.form(form_call("x", ElementId("9")))
    assert refused.value.is_missed
    with pytest.raises(UncertainListError, match="vds is empty"):
        await replay.rows(list_call("vds"))


@awaited
async def test_secrets_are_not_recorded() -> None:
    """Neither a password, nor a field that hides what is typed, nor one with a telling name."""
    recorder = await recorded(form_call("vds.edit", ElementId("7")))
    await recorder.rows(list_call("account"))

    text = str(answers_document(recorder.recording))

    assert "hidden" not in text
    assert "kept" not in text
    assert "x.example" in text


@awaited
async def test_question_that_was_not_asked_is_an_error() -> None:
    """Each sort of question names what is missing."""
    replay = ReplayReader((await recorded()).recording, discover())

    with pytest.raises(NotRecordedError, match=r"the list vds \(su a@b.example\)"):
        await replay.rows(list_call("vds", su="a@b.example"))
    with pytest.raises(NotRecordedError, match=r"the form vds.edit \(elid 7\)"):
        await replay.form(form_call("vds.edit", ElementId("7")))
    with pytest.raises(NotRecordedError, match=r"as the client a@b.example"):
        await replay.whoami("a@b.example")
    with pytest.raises(NotRecordedError, match="beside vds"):
        await replay.type_lists("vds")


@awaited
async def test_order_form_with_further_terms_is_answered_by_the_same_tariff_alone() -> None:
    """Add-ons may be missing, and tariff, place and period may not."""
    known = create_form_call(
        "vds.order.param", su="a@b.example", params=(("pricelist", "3"), ("period", "1"))
    )
    replay = ReplayReader((await recorded(known)).recording, discover())

    def order(**params: str) -> Call:
        return create_form_call("vds.order.param", su="a@b.example", params=tuple(params.items()))

    assert await replay.form(order(pricelist="3", period="1", addon_7="2")) == (
        await replay.form(known)
    )
    for other in (
        order(pricelist="4", period="1"),
        order(pricelist="3", period="12", addon_7="2"),
        order(pricelist="3", addon_7="2"),
        order(pricelist="3", period="1", datacenter="2"),
        order(addon_7="2"),
    ):
        with pytest.raises(NotRecordedError):
            await replay.form(other)
