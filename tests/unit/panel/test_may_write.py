"""A write that waited for its turn is asked about once more, right before it is sent."""

from __future__ import annotations

import asyncio

import pytest

from reconciler.errors import LockedError
from reconciler.panel import open_panel
from reconciler.sandbox import Sandbox
from reconciler.wire.call import Call, Effect
from tests.support.clock import InstantClock
from tests.support.project import TARGET, KnownSecrets

EDIT = Call("account.edit", (("elid", "1"), ("sok", "ok")), Effect.EDIT)


def test_write_is_not_sent_once_the_lock_was_lost() -> None:
    """Reading goes on, for what was sent has to be seen."""
    asked: list[str] = []

    def may_write() -> None:
        asked.append("write")
        raise LockedError("the lock was lost")

    async def ask(sandbox: Sandbox) -> None:
        opened = open_panel(
            TARGET,
            secrets=KnownSecrets(),
            clock=InstantClock(),
            app=sandbox,
            may_write=may_write,
        )
        async with opened as panel:
            await panel.whoami()
            with pytest.raises(LockedError):
                await panel.submit(EDIT)
            await panel.whoami()

    with Sandbox() as sandbox:
        asyncio.run(ask(sandbox))
    assert asked == ["write"]
