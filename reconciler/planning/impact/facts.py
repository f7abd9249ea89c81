"""What is known of the clients whose money a plan moves, and which of it a plan needs.

Invariants: what was not read is None, never empty; a plan that moves no money needs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.kinds.money_fields import AccountFields, DiscountFields, RateFields
from reconciler.model.address import parse_element_id
from reconciler.planning.client_terms import TermRow, find_terms

if TYPE_CHECKING:
    from decimal import Decimal

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address, ElementId
    from reconciler.model.plan import Change, Plan
    from reconciler.model.price import FullPrices
    from reconciler.model.resource import Observed
    from reconciler.model.value import Fields
    from reconciler.planning.context import PlanContext
    from reconciler.wire.reply import Row

# The clients of so many changed discounts and rates are followed to their services: each takes a
# list of every type. What is beyond is unknown.
FOLLOWED = 300
# The forms of so many renewals are opened; beyond, a service costs what its list shows.
QUOTED = 300
# The full prices of so many services and orders are looked for, with a few order forms each.
EXPLAINED = 60


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account as its list shows it: with whom, in which currency, and what can be spent."""

    row_id: str
    seller: frozenset[str]
    currency: str
    balance: Decimal | None
    credit: Decimal | None


@dataclass(frozen=True, slots=True)
class RenewalQuote:
    """What the form of a renewal shows: the price of a period of so many months.

    ``amount`` is None where the form shows one that can be read in two ways: then that of the list
    is not known to be the same.
    """

    amount: Decimal | None
    currency: str
    months: int


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What was read of one client: terms by the name of their kind, accounts, and services.

    ``renewals`` and ``full_prices`` are by the ids of the services. One who does not exist yet
    (``is_new``) has none of them.
    """

    terms: Mapping[str, tuple[Observed, ...] | None] = field(default_factory=dict)
    accounts: tuple[AccountBalance, ...] | None = None
    services: tuple[Observed, ...] | None = None
    renewals: Mapping[str, RenewalQuote] = field(default_factory=dict)
    full_prices: Mapping[str, FullPrices] = field(default_factory=dict)
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class MoneyFacts:
    """What was read of the clients of a plan, by their ids, and the list of tariffs by kind.

    ``orders`` are the full prices of what is ordered, where the quotes alone do not say them.
    """

    clients: Mapping[ElementId, ClientFacts] = field(default_factory=dict)
    tariffs: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    orders: Mapping[Address, FullPrices] = field(default_factory=dict)


@dataclass(slots=True)
class ClientNeeds:
    """What has to be read of one client.

    ``moves``: his discounts or rates change, which his services have to be followed to.
    """

    terms: bool = False
    accounts: bool = False
    services: bool = False
    moves: bool = False


def find_needs(plan: Plan, work: PlanContext) -> dict[ElementId, ClientNeeds]:
    """Return what has to be read to tell what a plan comes to, by the ids of the clients."""
    found: dict[ElementId, ClientNeeds] = {}
    followed = 0
    for change in plan.changes:
        if change.action == "blocked" or change.client is None or not change.client.id:
            continue
        kind = work.catalogue.by_name[change.address.kind]
        needs = _needs(kind, change, work)
        if needs is None:
            continue
        known = found.setdefault(parse_element_id(change.client.id), ClientNeeds())
        if needs.services and kind.money is not None and not known.services:
            followed += 1
            if followed > FOLLOWED:
                continue
        known.terms |= needs.terms
        known.accounts |= needs.accounts
        known.services |= needs.services
        known.moves |= needs.moves
    return {key: needs for key, needs in found.items() if needs != ClientNeeds()}


def _needs(kind: ResourceKind, change: Change, work: PlanContext) -> ClientNeeds | None:
    charges = "charge" in change.classes
    if kind.order:
        ordered = change.action == "create"
        moves = charges and change.action != "renew"
        ends = change.action in {"delete", "suspend", "resume"}
        if charges or ordered or ends:
            return ClientNeeds(charges or ordered, charges or ordered, moves or ends)
    if isinstance(kind.money, DiscountFields | RateFields) and moves_renewals(kind, change, work):
        return ClientNeeds(terms=True, services=True, moves=True)
    return None


def moves_renewals(kind: ResourceKind, change: Change, work: PlanContext) -> bool:
    """Return whether a change of a client's terms may move what services cost from today on."""
    if isinstance(kind.money, AccountFields) or kind.money is None:
        return False
    before, after = sides_of(change)
    rows = [(before, True), (after, change.observed is not None)]
    for fields, live in rows:
        if fields is None or before == after:
            continue
        row = TermRow("", fields, live=live)
        terms = find_terms(work.catalogue, {kind.name: [row]}, work.today)
        for each in terms.discounts or ():
            is_over = each.last is not None and each.last < work.today
            is_later = each.first is not None and each.first > work.today
            renews = each.actions is None or "renewal" in each.actions
            if renews and not is_over and not is_later:
                return True
        if any(each.first is None or each.first <= work.today for each in terms.rates or ()):
            return True
    return False


def sides_of(change: Change) -> tuple[Fields | None, Fields | None]:
    """Return the fields of an object before and after a change; None where there is no object."""
    live = change.observed.fields if change.observed else None
    match change.action:
        case "create":
            return None, change.desired.fields if change.desired else None
        case "delete":
            return live, None
        case "update" | "adopt":
            wanted = change.desired.fields if change.desired else {}
            roots = {edit.root for edit in change.edits}
            moved = {name: wanted[name] for name in roots if name in wanted}
            return live, {**(live or {}), **moved}
        case _:
            return live, live
