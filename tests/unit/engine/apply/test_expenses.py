from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.apply.expenses import read_expenses
from reconciler.model.address import ElementId
from reconciler.wire.reply import Row
from tests.support.planning import kind_of
from tests.support.reader import SilentReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.wire.call import Call


class Expenses(SilentReader):
    """A panel that shows the expenses of one client, and nothing else."""

    def __init__(self, *rows: Mapping[str, str]) -> None:
        """Keep the rows."""
        self._rows = tuple(Row({"id": str(n), **row}) for n, row in enumerate(rows, 1))

    async def rows(self, call: Call) -> tuple[Row, ...]:
        """Answer every list with the expenses."""
        assert call.param("elid") == "7"
        return self._rows


@pytest.mark.parametrize(
    ("texts", "amounts"),
    [
        (["6.900 RUB"], [None]),
        (["6.900 RUB", "12.50 RUB"], [Decimal("6.9"), Decimal("12.5")]),
        (["6.900 RUB", "12,50 RUB"], [Decimal(6900), Decimal("12.5")]),
        (["6 900,00 RUB"], [Decimal(6900)]),
    ],
)
def test_expense_with_two_readings_is_unknown_until_the_list_decides(
    texts: list[str], amounts: list[Decimal | None]
) -> None:
    """An expense counts as one all the same, for that it came proves a charge."""
    reader = Expenses(*({"amount": text} for text in texts))
    expenses = asyncio.run(read_expenses(reader, kind_of("Service"), ElementId("7")))

    assert expenses is not None
    assert [entry.money.amount for entry in expenses.values()] == amounts
    assert {entry.money.currency for entry in expenses.values()} == {"RUB"}


def test_expense_that_is_owed_is_unpaid_whatever_the_sum() -> None:
    """Neither of the two readings of what is owed is nothing."""
    reader = Expenses({"amount": "9.50", "notpayd": "6.900"}, {"amount": "9.50", "notpayd": "0.00"})
    expenses = asyncio.run(read_expenses(reader, kind_of("Service"), ElementId("7")))

    assert [entry.paid for entry in (expenses or {}).values()] == [False, True]
