"""A reader cannot write, no matter who asks it to."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import WriteForbiddenError
from reconciler.kinds.catalogue import discover
from reconciler.model.address import ElementId
from reconciler.panel import open_panel, open_reader
from reconciler.panel.readonly import ReadGuard, read_functions
from reconciler.wire.call import (
    Call,
    Effect,
    action_call,
    create_call,
    create_form_call,
    delete_call,
    edit_call,
    form_call,
    list_call,
    order_call,
    renew_call,
)
from tests.support.clock import InstantClock
from tests.unit.panel.doubles import (
    Fields,
    ScriptedPanel,
    SecretTable,
    doc,
    listed,
    target,
)

if TYPE_CHECKING:
    from reconciler.ports import Reader

FIVE = ElementId("5")
WRITES = [
    edit_call("account.edit", FIVE, (("note", "x"),)),
    create_call("account.discount.edit", (("name", "x"),), plid=FIVE),
    delete_call("account.discount.delete", FIVE),
    action_call("account.group.suspend", FIVE),
    order_call("vds.order.param", (), su="client", charge=True),
    renew_call("service.prolong", FIVE, 1),
]
DISGUISED = [
    *(replace(call, effect=Effect.READ) for call in WRITES),
    Call("account.edit", (("elid", "5"), ("clicked_button", "ok")), Effect.READ),
    Call("vds.order.param", (("skipbasket", "on"),), Effect.READ),
    Call("account.edit", (("redirect", "startform=x"),), Effect.READ),
    Call("account.edit", (("func", "account.delete"),), Effect.READ),
    Call("account.edit", (("out", "text"),), Effect.READ),
    Call("account.edit", (("password", "x"),), Effect.READ),
    Call("account.delete", (("elid", "5"),), Effect.READ),
    Call("account.setfilter", (("elid", "5"),), Effect.READ),
    Call("auth", (), Effect.READ),
    Call("session.delete", (("elid", "5"),), Effect.READ),
]


def answer(fields: Fields) -> bytes:
    """Answer lists and forms."""
    if "p_num" in fields:
        return listed([{"id": "1"}], 1, 1000)
    return doc("<elid>5</elid>")


def read(call: Call, script: ScriptedPanel) -> None:
    """Try both ways to read."""

    async def run() -> None:
        async with open_reader(
            target(method="authinfo"),
            secrets=SecretTable(),
            kinds=discover(),
            clock=InstantClock(),
            app=script,
        ) as reader:
            assert not hasattr(reader, "submit")
            await _both(reader, call)

    asyncio.run(run())


async def _both(reader: Reader, call: Call) -> None:
    refusals = 0
    for ask in (reader.rows, reader.form):
        try:
            await ask(call)
        except WriteForbiddenError:
            refusals += 1
    if refusals:
        raise WriteForbiddenError(str(refusals))


@pytest.mark.parametrize("call", WRITES + DISGUISED, ids=repr)
def test_no_write_leaves_a_reader(call: Call) -> None:
    """It raises before anything is sent, in whatever disguise it comes."""
    script = ScriptedPanel(answer)
    with pytest.raises(WriteForbiddenError, match="2"):
        read(call, script)
    assert script.asked == []


@pytest.mark.parametrize(
    "call",
    [
        list_call("account"),
        list_call("account.discount", parent=FIVE),
        list_call("vds", su="client"),
        list_call("country"),
        form_call("account.edit", FIVE),
        form_call("vds.edit", FIVE, plid=FIVE),
        create_form_call("vds.order.param", su="client", params=(("pricelist", "3"),)),
        Call("account", (("filter", "on"), ("email", "a@example.com")), Effect.READ),
    ],
    ids=repr,
)
def test_questions_pass(call: Call) -> None:
    """Lists, forms, blank forms, and lists narrowed by the call."""
    script = ScriptedPanel(answer)
    read(call, script)
    assert len(script.asked) == 2


def test_kinds_name_the_functions() -> None:
    """Every function of the catalogue that reads, or opens a form, and none that only acts."""
    functions = read_functions(discover())
    assert {"whoami", "account", "account.edit", "vds", "vhost.edit", "country"} <= functions
    assert not any(f.endswith((".delete", ".suspend", ".resume")) for f in functions)


@pytest.mark.parametrize(
    "fields",
    [
        (("func", "account.edit"), ("sok", "ok")),
        (("func", "account.edit"), ("skipbasket", "on")),
        (("func", "account.edit"), ("clicked_button", "ok")),
        (("func", "account.delete"), ("elid", "5")),
        (("func", "account"), ("func", "account.delete")),
        (("func", "account"), ("redirect", "x")),
        (("elid", "5"),),
    ],
)
def test_guard_sees_what_is_sent(fields: tuple[tuple[str, str], ...]) -> None:
    """The second proof looks at the fields themselves."""
    with pytest.raises(WriteForbiddenError):
        ReadGuard(frozenset({"account", "account.edit"}))(fields)


def test_panel_takes_reads_for_reads_and_writes_for_writes() -> None:
    """Neither door opens to the other sort."""
    script = ScriptedPanel(answer)

    async def run() -> None:
        async with open_panel(
            target(method="authinfo"), secrets=SecretTable(), clock=InstantClock(), app=script
        ) as panel:
            for ask in (panel.rows, panel.form):
                with pytest.raises(WriteForbiddenError):
                    await ask(WRITES[0])
            with pytest.raises(WriteForbiddenError):
                await panel.submit(list_call("account"))

    asyncio.run(run())
    assert script.asked == []
