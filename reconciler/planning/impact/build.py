"""What a plan comes to: its charges, what recurs, and the emails that it makes the panel send.

Invariants: changes are gone through in the order of the plan, so that each is priced by the terms
in force at its turn; a client whose facts were not read has unknown amounts, never zero.
Doubt: which emails a panel sends beside those that its forms name.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING

from reconciler.model.address import parse_element_id
from reconciler.model.impact import ClientImpact, Impact, LargestChange, Message
from reconciler.model.plan import Money
from reconciler.planning.build.prices import OrderPrices
from reconciler.planning.build.warnings import PRICE_MAY_MOVE, price_warnings
from reconciler.planning.impact.charges import ChargeAmount, ChargeAmounts
from reconciler.planning.impact.client_money import ClientMoney, total
from reconciler.planning.impact.facts import ClientFacts, MoneyFacts
from reconciler.planning.pricing import round_money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.finding import Finding
    from reconciler.model.plan import Change, Client, Plan
    from reconciler.planning.context import PlanContext, PlanOptions
    from reconciler.planning.snapshot import Snapshot

# What a client has who does not exist yet, and what is known of one who was not read.
_NOTHING = ClientFacts({}, (), (), is_new=True)
_UNREAD = ClientFacts()


def add_impact(
    plan: Plan, work: PlanContext, snapshot: Snapshot, facts: MoneyFacts, *, options: PlanOptions
) -> Plan:
    """Return a plan with what it comes to, by what was read of its clients.

    A charge whose price the plan itself moves holds the amount that it moves to.
    """
    amounts = ChargeAmounts(work, snapshot, facts, OrderPrices(work, snapshot, options))
    labels = _Labels(work)
    found = []
    charged: dict[int, ChargeAmount] = {}
    clients = [
        (client, changes, ClientMoney(work, facts_of(client, facts), facts, amounts))
        for client, changes in by_client(plan)
    ]
    proofs = set[bool]().union(*(money.proofs_of_taxing() for _, _, money in clients))
    for client, changes, money in clients:
        money.tax_added = min(proofs) if len(proofs) == 1 else None
        total_of = money.follow(changes)
        charged |= money.charged
        found.append(ClientImpact(labels.of(client), client.email, total_of))
    with_money = sorted((each for each in found if not each.money.empty), key=_largest_first)
    moved = _known_changes(with_money)
    impact = Impact(
        money=total(each.money for each in with_money),
        clients=tuple(with_money),
        client_count=len(found),
        median_change={
            currency: round_money(Decimal(median(amount for amount, _ in changes)))
            for currency, changes in moved.items()
        },
        largest_change={
            currency: LargestChange(*max(changes, key=lambda each: (abs(each[0]), each[1])))
            for currency, changes in moved.items()
        },
        messages=tuple(_messages(plan, work, labels)),
    )
    changes_by_price = tuple(_with_moved_price(c, charged.get(id(c))) for c in plan.changes)
    plan = replace(plan, changes=changes_by_price, impact=impact)
    return replace(plan, findings=_findings(plan, work))


def _findings(plan: Plan, work: PlanContext) -> tuple[Finding, ...]:
    """Return the findings of a plan, with warnings of those prices alone that stay unknown."""
    kept = [each for each in plan.findings if each.code != PRICE_MAY_MOVE]
    if len(kept) == len(plan.findings):
        return plan.findings
    left = set(price_warnings(plan.changes, work.catalogue, plan.parents, followed=True))
    return tuple(f for f in plan.findings if f.code != PRICE_MAY_MOVE or f in left)


def by_client(plan: Plan) -> list[tuple[Client, list[Change]]]:
    """Return the changes of each client, in their order, without those that are blocked."""
    groups: dict[str, list[Change]] = {}
    people: dict[str, Client] = {}
    for change in plan.changes:
        if change.action == "blocked" or change.client is None:
            continue
        key = change.client.id or change.client.name
        groups.setdefault(key, []).append(change)
        people[key] = change.client
    return [(people[key], changes) for key, changes in groups.items()]


def facts_of(client: Client, facts: MoneyFacts) -> ClientFacts:
    """Return what was read of a client; one without an id does not exist yet, and has nothing."""
    return facts.clients.get(parse_element_id(client.id), _UNREAD) if client.id else _NOTHING


def _with_moved_price(change: Change, found: ChargeAmount | None) -> Change:
    """Return a charge with the amount that the changes before it make of its price."""
    read = change.money and (change.money.before or change.money)
    if found is None or read is None or read.amount is None or found.amount == read.amount:
        return change
    moved = Money(found.amount, found.currency, payer=read.payer, computed=True, before=read)
    if found.amount is None:
        # No more than what was read is sent.
        least = min([read.amount, *(most for unit, most in read.at_most if unit == read.currency)])
        return replace(
            change, money=replace(moved, computed=False, at_most=((read.currency, least),))
        )
    return replace(change, money=replace(moved, at_most=read.at_most))


class _Labels:
    """What clients are called: the address of a manifest, or the name in the panel."""

    def __init__(self, work: PlanContext) -> None:
        self._declared = {
            each.address.name: str(each.address)
            for each in work.desired
            if not work.catalogue.by_name[each.address.kind].parent
        }

    def of(self, client: Client) -> str:
        return self._declared.get(client.name, client.name or client.email or client.id)


def _largest_first(each: ClientImpact) -> tuple[bool, Decimal, Decimal, str]:
    charges, cart = (
        [amount.amount for amount in sums.values()]
        for sums in (each.money.charges_now, each.money.into_cart)
    )
    most, waiting = (
        max((a for a in x if a is not None), default=Decimal(0)) for x in (charges, cart)
    )
    return None not in charges, -most, -waiting, each.client


def _known_changes(clients: Iterable[ClientImpact]) -> Mapping[str, list[tuple[Decimal, str]]]:
    """Return the monthly changes that are known, by currency, each with its client."""
    found: dict[str, list[tuple[Decimal, str]]] = {}
    for each in clients:
        for currency, amount in each.money.monthly_change.items():
            if amount.amount and not amount.at_least:
                found.setdefault(currency, []).append((amount.amount, each.client))
    return dict(sorted(found.items()))


def _messages(plan: Plan, work: PlanContext, labels: _Labels) -> Iterator[Message]:
    for change in plan.changes:
        if change.action != "create" or change.desired is None:
            continue
        kind = work.catalogue.by_name[change.address.kind]
        client = labels.of(change.client) if change.client else ""
        sent = [
            facet.wire.message
            for facet in kind.facets
            if facet.wire.message and change.desired.fields.get(facet.name) is True
        ]
        if kind.paid_message and _is_paid(kind, change):
            sent.append(kind.paid_message)
        for word in dict.fromkeys(sent):
            yield Message(change.address, client, word, sent.count(word))


def _is_paid(kind: ResourceKind, change: Change) -> bool:
    return bool(kind.order) and "charge" in change.classes
