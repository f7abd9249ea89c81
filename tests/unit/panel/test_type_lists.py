"""Where the services of a type stand: the target, a menu, or a list that is in use."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import IncompleteError, RejectedError, WriteForbiddenError
from reconciler.kinds.catalogue import discover
from reconciler.panel import open_reader
from reconciler.wire.call import list_call
from reconciler.wire.reply import TypeLists
from tests.support.clock import InstantClock
from tests.unit.panel.doubles import (
    ScriptedPanel,
    ScriptedReply,
    SecretTable,
    doc,
    error,
    listed,
    target,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

    from reconciler.ports import Reader
    from tests.unit.panel.doubles import Fields

PLAIN = '<node name="services"><node action="vds" type="list"/></node>'
DOTTED = '<node name="services"><node action="vds.vps" type="list"/></node>'
LEAVES = "<node><action>vds.vps</action><type>list</type></node>"
ACTING = (
    '<node><node action="vds.delete" type="list"/><node action="vds.edit" type="list"/>'
    '<node action="vds.stats" type="report"/><node action="vdsx.vps" type="list"/></node>'
)


def panel(
    admin: str | None, client: str | None = None, rows: tuple[Mapping[str, str], ...] = ()
) -> ScriptedPanel:
    """Make a panel with these menus, and these services of anybody's."""

    def answer(fields: Fields) -> ScriptedReply | bytes:
        if fields["func"] == "menu":
            shown = client if "su" in fields else admin
            return error("missed", "func") if shown is None else doc(shown, "menu")
        return listed(list(rows), 1, 1)

    return ScriptedPanel(answer)


def opened(
    script: ScriptedPanel, reported: tuple[str, ...] = ()
) -> AbstractAsyncContextManager[Reader]:
    """Open a reader; ``reported`` is what its target says of virtual machines."""
    asked = target(method="authinfo")
    asked = replace(asked, service_lists={"vds": reported}) if reported else asked
    return open_reader(
        asked, secrets=SecretTable(), kinds=discover(), clock=InstantClock(), app=script
    )


def found(script: ScriptedPanel, su: str = "", reported: tuple[str, ...] = ()) -> TypeLists:
    """Ask where virtual machines stand, and read every list that is named."""

    async def run() -> TypeLists:
        async with opened(script, reported) as reader:
            lists = await reader.type_lists("vds", su)
            for name in lists.others:
                await reader.rows(list_call(name))
            return lists

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("admin", "client", "expected"),
    [
        (PLAIN, None, TypeLists()),
        (DOTTED, None, TypeLists(("vds.vps",))),
        (LEAVES, None, TypeLists(("vds.vps",))),
        (PLAIN, DOTTED, TypeLists(("vds.vps",))),
        (None, DOTTED, TypeLists(("vds.vps",))),
        (None, PLAIN, TypeLists()),
        (PLAIN + ACTING, None, TypeLists()),
        (None, None, TypeLists(certain=False)),
        ("<node/>", "<node/>", TypeLists(certain=False)),
        (ACTING, None, TypeLists(certain=False)),
    ],
)
def test_menus_of_both_sorts_are_asked(
    admin: str | None, client: str | None, expected: TypeLists
) -> None:
    """Ours and a client's; what is no list of the type counts for nothing, by any name."""
    assert found(panel(admin, client), su="ann") == expected


def test_menus_are_asked_once() -> None:
    """Of the second type nothing is left to ask."""
    script = panel(PLAIN, DOTTED)

    async def run() -> None:
        async with opened(script) as reader:
            await asyncio.gather(*(reader.type_lists("vds", name) for name in ("ann", "bob")))
            await reader.type_lists("vds", "eve")

    asyncio.run(run())
    assert script.funcs == ["menu", "menu"]


def test_used_list_is_trusted_without_a_menu() -> None:
    """Anybody's row in it is proof enough."""
    assert found(panel(None, None, ({"id": "1"},)), su="ann") == TypeLists()


def test_target_has_the_first_word() -> None:
    """Nothing is asked, and its lists may be read."""
    script = panel(DOTTED)
    assert found(script, reported=("vds", "vds.mine")) == TypeLists(("vds.mine",))
    assert script.funcs == ["vds.mine"]


def test_unknown_list_is_not_read() -> None:
    """A reader asks what it knows to read, and what turned up; nothing else."""

    async def run() -> None:
        async with opened(panel(DOTTED)) as reader:
            await reader.type_lists("vds")
            await reader.rows(list_call("vds.other"))

    with pytest.raises(WriteForbiddenError):
        asyncio.run(run())


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (ScriptedReply(b"down", 502), IncompleteError),
        (b"<doc><node", IncompleteError),
        (b"<html><body>Maintenance</body></html>", IncompleteError),
        (doc("<x/>", "account"), IncompleteError),
        (error("db"), RejectedError),
        (error("query"), RejectedError),
    ],
)
@pytest.mark.parametrize("whose", ["ours", "client"])
def test_menu_that_was_not_read_is_not_taken_for_none(
    broken: ScriptedReply | bytes, expected: type[Exception], whose: str
) -> None:
    """The plain list is in use, and another one that nobody read could hold what it lacks."""
    well = False

    def answer(fields: Fields) -> ScriptedReply | bytes:
        if fields["func"] != "menu":
            return listed([{"id": "1"}], 1, 1)
        return broken if not well and (whose == "client") == ("su" in fields) else doc(DOTTED)

    async def run() -> TypeLists:
        nonlocal well
        async with opened(ScriptedPanel(answer)) as reader:
            with pytest.raises(expected):
                await reader.type_lists("vds", "ann")
            well = True
            return await reader.type_lists("vds", "ann")

    assert asyncio.run(run()) == TypeLists(("vds.vps",))


def test_remedy_for_a_menu_that_cannot_be_read_names_the_setting() -> None:
    """On a panel that never answers it in any known way, the target says where services stand."""
    script = ScriptedPanel(lambda _fields: ScriptedReply(b"no", 403))
    with pytest.raises(IncompleteError, match=r"serviceLists: \{vds: \[vds, vds.NAME\]\}"):
        found(script)
