"""Read a client's expenses before and after a charge, to report what was actually charged.

Invariants: everything here only reads; expenses that are not shown prove nothing and stop nothing;
no request is ever sent again because of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.errors import AmbiguousNumberError, CodecError, PanelError, SecurityStopError
from reconciler.kinds.fields import Mode
from reconciler.model.number import UNPROVED
from reconciler.model.plan import Money
from reconciler.model.reason import ReasonCode
from reconciler.wire.call import list_call
from reconciler.wire.codec import read_money
from reconciler.wire.number import prove_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.engine.apply.context import ApplyContext
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.number import NumberShape
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Change
    from reconciler.ports import Reader
    from reconciler.wire.reply import Row


@dataclass(frozen=True, slots=True)
class Expense:
    """One expense of a client, and whether it is paid."""

    money: Money
    paid: bool


Expenses = Mapping[str, Expense]


async def read_expenses(
    reader: Reader, kind: ResourceKind, client: ElementId | None
) -> Expenses | None:
    """Read a client's expenses by id; None where the panel does not show them.

    Raises: SecurityStopError.
    Source: the documented list ``subaccount.expense`` of a client, columns ``id``, ``amount`` and
            ``notpayd``.
    Doubt:  whether ``amount`` is what was taken, after discounts and with tax.
    """
    if not kind.expenses or client is None:
        return None
    try:
        rows = await reader.rows(list_call(kind.expenses, parent=client))
        proved = prove_shape(row.values["amount"] for row in rows)
        return {row.values["id"]: _entry(row, proved) for row in rows}
    except SecurityStopError:
        raise
    except (PanelError, CodecError, KeyError):
        return None


def _entry(row: Row, proved: NumberShape) -> Expense:
    shape = row.numbers if row.numbers != UNPROVED else proved
    owed = row.values.get("notpayd", "")
    try:
        paid = not owed or not read_money(owed, shape)[0]
    except AmbiguousNumberError:
        paid = False  # neither of the two possible amounts is zero
    return Expense(_amount(row.values["amount"], shape), paid)


def _amount(text: str, shape: NumberShape) -> Money:
    try:
        return Money(*read_money(text, shape))
    except AmbiguousNumberError as error:
        return Money(None, error.unit, unclear=text)


async def was_paid(
    reader: Reader, kind: ResourceKind, client: ElementId | None, before: Iterable[str] | None
) -> bool:
    """Return whether the client has new expenses and all of them are paid."""
    after = await read_expenses(reader, kind, client) if before is not None else None
    since = [entry for number, entry in (after or {}).items() if number not in (before or ())]
    return bool(since) and all(entry.paid for entry in since)


async def note_expenses(context: ApplyContext, change: Change) -> None:
    """Read a client's expenses before a charge, for the journal and for the check after it.

    Raises: SecurityStopError.
    """
    kind = context.kind_of(change)
    before = await read_expenses(context.panel, kind, _client(context, change))
    noted = None if before is None else tuple(before)
    context.charges.expenses_before[str(change.address)] = noted


async def has_new_expense(context: ApplyContext, change: Change) -> bool:
    """Return whether the client has a new expense, or the expenses can no longer be read.

    False where they could not be read before the charge. Raises: SecurityStopError.
    """
    before = context.charges.expenses_before.get(str(change.address))
    if before is None:
        return False
    kind = context.kind_of(change)
    after = await read_expenses(context.panel, kind, _client(context, change))
    return after is None or not after.keys() <= set(before)


async def check_expenses(context: ApplyContext, outcome: Outcome) -> Outcome:
    """Return the outcome of a charge, corrected by the client's new expenses."""
    change, kind = outcome.change, context.kind_of(outcome.change)
    before = context.charges.expenses_before.get(str(change.address))
    if before is None or not outcome.requests:
        return outcome
    try:
        after = await read_expenses(context.panel, kind, _client(context, change))
    except SecurityStopError as error:
        # The outcome is known and must be reported; only the changes after it are not sent.
        context.intents.stop(error)
        return outcome
    if after is None:
        return outcome
    new = [entry.money for number, entry in after.items() if number not in before]
    if outcome.cause is ReasonCode.UNPAID:
        # A person pays the cart later: without a new expense nothing was charged.
        return outcome if new else replace(outcome, charged=None)
    if new and outcome.result == "failed":
        # A proxy may have delivered the request twice, and the panel refused the second only.
        message = f"{outcome.message}; but the client has a new expense: {_listed(new)}"
        return replace(outcome, result="in-doubt", message=message, cause=ReasonCode.NEW_EXPENSE)
    return _with_expenses(kind, outcome, new)


def _client(context: ApplyContext, change: Change) -> ElementId | None:
    """Return the client that a change is charged to."""
    client = change.observed.scope.parent if change.observed else None
    if client is None and change.desired is not None:
        return context.parents.parent_of(change.desired)
    return client


def _with_expenses(kind: ResourceKind, outcome: Outcome, new: Sequence[Money]) -> Outcome:
    change, charged = outcome.change, outcome.charged
    currencies = {money.currency for money in new}
    if charged is None or len(currencies) != 1:
        return outcome
    if any(money.amount is None for money in new):
        message = f"{outcome.message}; the client has a new expense: {_listed(new)}"
        return replace(outcome, message=message.removeprefix("; "))
    total = sum((money.amount or Decimal(0) for money in new), Decimal(0))
    money = replace(charged, amount=total, currency=currencies.pop(), computed=False)
    corrected = replace(outcome, charged=money, from_expenses=True)
    paid = [kind.facet_of(edit.field) for edit in change.edits]
    asked = sum(facet is not None and facet.wire.mode is Mode.PAID for facet in paid)
    if change.action in {"update", "adopt"} and len(new) > asked:
        message = (
            f"one request was sent, but the client was charged {len(new)} times: {_listed(new)}"
        )
        return replace(
            corrected, result="in-doubt", message=message, cause=ReasonCode.CHARGED_TWICE
        )
    if outcome.result != "verified":
        message = f"{outcome.message}; the client has a new expense: {_listed(new)}"
        return replace(corrected, message=message)
    return corrected


def _listed(new: Sequence[Money]) -> str:
    return ", ".join(
        money.unclear if money.amount is None else f"{money.amount} {money.currency}".strip()
        for money in new
    )
