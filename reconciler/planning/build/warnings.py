"""Warnings of a plan: moving prices, unpaid orders, renamed objects, likely duplicates.

Invariant: a warning changes no decision. An order whose price rose is refused when it is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents.values import in_words, shown
from reconciler.model.finding import Finding
from reconciler.planning.build.decide import is_waiting
from reconciler.planning.match.resemblance import find_resemblances

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.address import Address
    from reconciler.model.finding import FindingCode
    from reconciler.model.plan import Change, Plan
    from reconciler.model.resource import Observed
    from reconciler.model.value import Ref
    from reconciler.planning.context import PlanContext
    from reconciler.planning.snapshot import Snapshot


PRICE_MAY_MOVE: FindingCode = "price-may-move"
_PURCHASES = {"create": "order", "renew": "renewal"}


def find_warnings(plan: Plan, work: PlanContext, snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return the warnings of a plan."""
    prices = price_warnings(plan.changes, work.catalogue, plan.parents, followed=False)
    identities = _of_identities(plan, work, snapshot)
    alike = find_resemblances(plan, work, snapshot)
    return (*prices, *_of_payments(plan, work.catalogue), *identities, *alike)


def _of_identities(plan: Plan, work: PlanContext, snapshot: Snapshot) -> Iterable[Finding]:
    """Warn of every create whose former object still exists under another identity.

    It was renamed by hand, or the panel reused the id: nothing proves which, so it is not changed.
    """
    for change in plan.changes:
        entry = work.inventory.get(change.address) if change.action == "create" else None
        rows = snapshot.objects.get(entry.scope, ()) if entry else ()
        same = next((row for row in rows if entry and row.row_id == entry.row_id), None)
        names = work.catalogue.by_name[change.address.kind].identity
        if same is None or same.state not in {"live", "busy"} or not names:
            continue
        live = ", ".join(
            in_words(shown(same.fields[name])) for name in names if name in same.fields
        )
        message = (
            f"{change.address}: object {same.row_id} was this resource and is now {live}: if "
            "it was renamed by hand, update the manifest; otherwise a second object is "
            "created"
        )
        yield Finding("warning", "identity-moved", message, change.source)


def _of_payments(plan: Plan, catalogue: Catalogue) -> Iterable[Finding]:
    """Warn of every order that is declared as paid from the balance, and waits to be paid."""
    touched = {
        change.address: (change.desired, change.observed)
        for change in plan.changes
        if change.desired is not None and change.observed is not None
    }
    for address, (desired, observed) in sorted({**touched, **plan.kept}.items()):
        kind = catalogue.by_name[address.kind]
        if kind.charges(desired.fields) and is_waiting(kind, observed):
            message = (
                f"{address}: ordered, but not active: if it waits in the cart or on an "
                "invoice, pay it in the panel; it is not ordered again"
            )
            yield Finding("warning", "waits-for-payment", message, desired.source)


def price_warnings(
    changes: Sequence[Change],
    catalogue: Catalogue,
    parents: Mapping[Ref, Observed],
    *,
    followed: bool,
) -> Iterable[Finding]:
    """Warn of every charge whose price was read before a change of the same plan that moves it.

    Where prices were ``followed`` to what the plan moves them to, only of those left unknown.
    Order: ``changes`` as they are applied.
    """
    movers: dict[str, Change] = {}
    extended: dict[Address, Change] = {}
    warned: set[str] = set()
    for change in changes:
        client = _client(change, parents)
        mover = extended.get(change.address) or movers.get(client)
        kind = catalogue.by_name[change.address.kind]
        if change.action in kind.moves_prices and (change.edits or change.action == "create"):
            movers.setdefault(client, change)
        elif mover is not None and _may_move(change, followed=followed):
            first = "its own change" if mover.address == change.address else str(mover.address)
            purchase = _PURCHASES.get(change.action, change.action)
            message = (
                f"{change.address}: the price of its {purchase} was read before {first} is "
                f"applied; if the price rises, the {purchase} is not sent, and the next plan "
                "shows the new price"
            )
            if message not in warned:
                yield Finding("warning", PRICE_MAY_MOVE, message, change.source)
            warned.add(message)
        if change.action in {"adopt", "update"} and "charge" in change.classes:
            extended[change.address] = change


def _may_move(change: Change, *, followed: bool) -> bool:
    if "charge" not in change.classes or change.action == "blocked":
        return False
    return not followed or change.money is None or change.money.amount is None


def _client(change: Change, parents: Mapping[Ref, Observed]) -> str:
    if change.observed is not None:
        return str(change.observed.scope.parent)
    ref = change.desired.parent if change.desired else None
    live = parents.get(ref) if ref else None
    return live.row_id if live else str(ref)
