"""Whose rows a client's list holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.observe.reads import read_list
from reconciler.kinds.catalogue import discover
from reconciler.wire.reply import Row
from tests.support.planning import scope
from tests.support.reader import SilentReader

if TYPE_CHECKING:
    from reconciler.wire.call import Call


class Listing(SilentReader):
    """A reader whose every list holds one row."""

    def __init__(self, **values: str) -> None:
        """Show these columns."""
        self.row = Row(values)

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Show the row."""
        del call
        return (self.row,)


@pytest.mark.parametrize(
    ("text", "mine"),
    [("", True), (" ", True), (" - ", True), ("–", True), ("Acme Inc", False), ("-1", False)],
)
def test_empty_owner_column_does_not_change_the_owner(text: str, *, mine: bool) -> None:
    """A rule that is taken for a general one is not seen, and made again by every apply."""
    kind = discover().by_name["TaxRule"]
    wanted = scope("TaxRule", 7)
    found = asyncio.run(read_list(Listing(id="5", company=text), kind, wanted))
    assert bool(found) is mine
