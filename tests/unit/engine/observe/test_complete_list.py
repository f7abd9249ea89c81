"""What we own and a list does not show."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.observe.complete_list import read_complete_list
from reconciler.errors import AccessError, IncompleteError, RejectedError
from tests.support.planning import acme, client, kind_of, remember, scope
from tests.support.reader import SilentReader

if TYPE_CHECKING:
    from reconciler.wire.call import Call
    from reconciler.wire.reply import Form, Row


class Refusing(SilentReader):
    """A reader whose lists are empty, and whose forms are refused."""

    def __init__(self, refusal: Exception) -> None:
        """Refuse with this."""
        self.refusal = refusal

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Show nothing."""
        del call
        return ()

    async def form(self, call: Call) -> Form:
        """Refuse."""
        del call
        raise self.refusal


def _look(refusal: Exception) -> object:
    owned = [remember(acme(), client())]
    ask = read_complete_list(
        Refusing(refusal), kind_of("Client"), scope("Client"), owned, namespace="shop", login=""
    )
    return asyncio.run(ask)


@pytest.mark.parametrize("code", ["missed", "value", "", "exists"])
def test_managed_object_whose_form_is_denied_is_deleted(code: str) -> None:
    """Neither in its list, however often it is read, nor to be opened."""
    assert _look(RejectedError(code, "elid", "no such record")) == ()


@pytest.mark.parametrize("refusal", [RejectedError("db", "", "locked"), AccessError("no right")])
def test_refusal_that_proves_nothing_names_the_object_and_the_way_out(refusal: Exception) -> None:
    """Some panels may say so of what was deleted: who knows that can end it by a command."""
    with pytest.raises(IncompleteError, match=r"Client/acme \(id 7\).*reconciler forget"):
        _look(refusal)
