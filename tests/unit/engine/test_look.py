"""Whose rows a client's list holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.look import look_at_list
from reconciler.kinds.catalogue import discover
from reconciler.wire.reply import Form, Identity, Row, TypeLists
from tests.support.planning import scope

if TYPE_CHECKING:
    from reconciler.wire.call import Call


class Listing:
    """A reader whose every list holds one row."""

    def __init__(self, **values: str) -> None:
        """Show these columns."""
        self.row = Row(values)

    async def type_lists(self, func: str, su: str = "") -> TypeLists:
        """Know of no list but the plain one."""
        del func, su
        return TypeLists()

    async def whoami(self, su: str | None = None) -> Identity:
        """Answer nothing that a list needs."""
        raise AssertionError(su)

    async def form(self, call: Call) -> Form:
        """Answer nothing that a list needs."""
        raise AssertionError(call)

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Show the row."""
        del call
        return (self.row,)


@pytest.mark.parametrize(
    ("text", "mine"),
    [("", True), (" ", True), (" - ", True), ("–", True), ("Acme Inc", False), ("-1", False)],
)
def test_column_that_says_nothing_makes_a_tax_rule_nobody_elses(text: str, *, mine: bool) -> None:
    """A rule that is taken for a general one is not seen, and made again by every apply."""
    kind = discover().by_name["TaxRule"]
    wanted = scope("TaxRule", 7)
    found = asyncio.run(look_at_list(Listing(id="5", company=text), kind, wanted))
    assert bool(found) is mine
