"""The panel room against the second witness, in every format and by every sign-in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import RejectedError, SignInError
from reconciler.model.address import ElementId
from reconciler.model.target import Auth, Target
from reconciler.model.value import Secret
from reconciler.panel import open_operator, open_panel
from reconciler.sandbox import ADMIN, PASSPHRASE, Sandbox, seed
from reconciler.wire.call import edit_call, form_call, list_call
from reconciler.wire.functions import classify_call
from reconciler.wire.raw_call import raw_call
from reconciler.wire.reply import Confirmation
from tests.support.clock import InstantClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.model.target import AuthMethod, Format
    from reconciler.ports import Panel
    from reconciler.wire.reply import Row

CLIENTS = 1203
FORMATS: tuple[Format, ...] = ("xml", "devel", "json", "sjson", "xjson", "bjson", "JSONdata")


class Passphrase:
    """The sandbox's own."""

    def __init__(self, text: str = PASSPHRASE) -> None:
        self.text = text

    def resolve(self, secret: Secret) -> str:
        return self.text


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A town of clients."""
    path: Path = tmp_path_factory.mktemp("panel") / "town.sqlite3"
    seed(path, clients=CLIENTS)
    with Sandbox(path) as made:
        yield made


def place(fmt: Format = "xml", method: AuthMethod = "session") -> Target:
    """Make a target for the sandbox."""
    secret = Secret("env", ("ANY",))
    auth = Auth(method, username=ADMIN, password=secret, key=secret)
    return Target("sandbox", "sandbox:town", auth=auth, format=fmt)


@pytest.mark.parametrize("method", ["session", "authinfo"])
@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_gives_the_same_values(
    sandbox: Sandbox, fmt: Format, method: AuthMethod
) -> None:
    """Lists over several pages, codes, forms, option lists, edits and absent objects."""

    async def walk(panel: Panel) -> tuple[Row, ...]:
        assert (await panel.whoami()).level == 29
        rows = await panel.rows(list_call("account"))
        first = ElementId(rows[0].values["id"])
        form = await panel.form(form_call("account.edit", first))
        assert form.values["country"] in form.options["country"]
        done = await panel.submit(edit_call("account.edit", first, (("note", fmt),)))
        assert done.confirmed
        again = await panel.form(form_call("account.edit", first))
        assert again.values["note"] == fmt
        with pytest.raises(RejectedError) as caught:
            await panel.form(form_call("account.edit", ElementId("999999")))
        assert caught.value.code == "missed"
        projects = await panel.rows(list_call("project"))
        assert {row.code("active") for row in projects} == {"on"}
        return rows

    async def run() -> tuple[Row, ...]:
        secrets, clock = Passphrase(), InstantClock()
        async with open_panel(
            place(fmt, method), secrets=secrets, clock=clock, app=sandbox
        ) as panel:
            return await walk(panel)

    rows = asyncio.run(run())
    assert len({row.values["id"] for row in rows}) == CLIENTS


def test_wrong_password_is_refused_once(sandbox: Sandbox) -> None:
    """The sandbox says ``auth``; nothing is asked after that."""

    async def run() -> None:
        async with open_panel(
            place(), secrets=Passphrase("wrong"), clock=InstantClock(), app=sandbox
        ) as panel:
            for _ in range(2):
                with pytest.raises(SignInError):
                    await panel.whoami()

    asyncio.run(run())


@pytest.mark.parametrize("method", ["session", "key"])
def test_ended_session_and_missing_permission_are_distinguished(
    sandbox: Sandbox, method: AuthMethod
) -> None:
    """A password opens another one, and the question is answered; a key let in once."""
    key = "k" * 20
    sandbox.call("session.newkey", username=ADMIN, key=key)

    def sessions() -> set[str]:
        with sandbox.reading() as db:
            return {str(row[0]) for row in db.execute("SELECT id FROM session")}

    async def run() -> None:
        secrets = Passphrase(key if method == "key" else PASSPHRASE)
        clock = InstantClock()
        async with (
            open_panel(place(method=method), secrets=secrets, clock=clock, app=sandbox) as panel,
            open_operator(place(), secrets=Passphrase(), clock=clock, app=sandbox) as operator,
        ):
            before = sessions()
            await panel.whoami()
            (session,) = sessions() - before
            params = (("elid", session), ("sok", "ok"))
            call = raw_call("session.delete", params, classify_call("session.delete", dict(params)))
            assert await operator.answer(call) == Confirmation()
            assert session not in sessions()
            if method == "key":
                with pytest.raises(SignInError, match="the session ended"):
                    await panel.rows(list_call("project"))
                return
            assert await panel.rows(list_call("project"))

    asyncio.run(run())
