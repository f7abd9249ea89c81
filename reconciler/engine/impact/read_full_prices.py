"""Read what services and orders cost before the terms of their client, where a quote hides it.

Invariants: a client is asked for whose terms were all read; forms are opened and never confirmed;
what may not be read stays unknown, and is no error.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.engine.observe.reads import read_object_form
from reconciler.engine.offers.addon_price import find_full_prices, order_of
from reconciler.errors import (
    AccessError,
    CodecError,
    IncompleteError,
    NotAPanelError,
    NotRecordedError,
    RejectedError,
)
from reconciler.model.address import parse_element_id
from reconciler.planning.client_terms import TermRow, find_terms
from reconciler.planning.impact.facts import EXPLAINED
from reconciler.planning.impact.full_prices import is_hidden
from reconciler.planning.impact.recurring import is_running, renewal_of
from reconciler.planning.pricing import Purchase
from reconciler.planning.tariff_offer import tariff_offer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.offers.order_steps import Ways
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address, ElementId
    from reconciler.model.plan import Change, Plan
    from reconciler.model.price import FullPrices
    from reconciler.model.resource import Desired, Observed
    from reconciler.planning.context import PlanContext
    from reconciler.planning.impact.facts import ClientFacts, ClientNeeds, MoneyFacts
    from reconciler.planning.pricing import ClientTerms
    from reconciler.planning.snapshot import Snapshot
    from reconciler.ports import Reader

# What a reading may end with that leaves an amount unknown.
UNREAD = (
    *(RejectedError, AccessError, IncompleteError),
    *(NotAPanelError, NotRecordedError, CodecError),
)


async def read_full_prices(
    reader: Reader,
    work: PlanContext,
    snapshot: Snapshot,
    plan: Plan,
    *,
    facts: MoneyFacts,
    needs: Mapping[ElementId, ClientNeeds],
    logins: Mapping[ElementId, str],
) -> MoneyFacts:
    """Return facts with the full prices of what the plan orders, and of what its terms move."""
    asking = _FullPriceReader(reader, work, snapshot, facts)
    clients = dict(facts.clients)
    orders: dict[Address, FullPrices] = {}
    for client, known in facts.clients.items():
        login = logins.get(client, "")
        if not login or not known.terms or None in known.terms.values():
            continue
        if needs[client].moves:
            found = await asking.of_services(known, login)
            clients[client] = replace(known, full_prices=found)
        mine = [
            each
            for each in plan.changes
            if each.client and each.client.id and parse_element_id(each.client.id) == client
        ]
        orders |= await asking.of_orders(mine, known, login)
    return replace(facts, clients=clients, orders=orders)


class _FullPriceReader:
    """Asks for full prices, of as many objects as the plan may."""

    def __init__(
        self, reader: Reader, work: PlanContext, snapshot: Snapshot, facts: MoneyFacts
    ) -> None:
        self._reader = reader
        self._work = work
        self._snapshot = snapshot
        self._facts = facts
        self._left = EXPLAINED
        self._ways: Ways = {}

    async def of_services(self, known: ClientFacts, login: str) -> dict[str, FullPrices]:
        """Return the full prices of a client's services whose renewals hide them."""
        terms = self._terms(known)
        found: dict[str, FullPrices] = {}
        for service in known.services or ():
            kind = self._work.catalogue.by_name[service.scope.kind]
            quote = known.renewals.get(service.row_id)
            if quote is None or quote.amount is None or not is_running(kind, service):
                continue
            renewal = renewal_of(
                kind,
                service,
                quote,
                catalogue=self._work.catalogue,
                tariffs=self._facts.tariffs.get(kind.name, ()),
                today=self._work.today,
            )
            if not is_hidden(renewal, quote.amount, terms):
                continue
            with contextlib.suppress(*UNREAD):
                whole = await self._whole(kind, service, login)
                name = f"{kind.name} {service.row_id}"
                full = await self._find(order_of(kind, whole, name), whole, login, terms)
                if full is not None:
                    found[service.row_id] = full
        return found

    async def of_orders(
        self, changes: list[Change], known: ClientFacts, login: str
    ) -> dict[Address, FullPrices]:
        """Return the full prices of a client's orders whose quotes hide them."""
        terms = self._terms(known)
        found: dict[Address, FullPrices] = {}
        for change in changes:
            kind = self._work.catalogue.by_name[change.address.kind]
            money = change.money or self._snapshot.prices.get(change.address)
            if not kind.order or change.action != "create" or change.desired is None:
                continue
            if money is None or money.amount is None:
                continue
            order = self._order(kind, change.desired, money.currency)
            if is_hidden(order, money.amount, terms):
                with contextlib.suppress(*UNREAD):
                    full = await self._find(change.desired, None, login, terms)
                    if full is not None:
                        found[change.address] = full
        return found

    def _terms(self, known: ClientFacts) -> ClientTerms:
        rows = {
            name: [TermRow("", each.fields, live=True) for each in listed or ()]
            for name, listed in known.terms.items()
        }
        return find_terms(self._work.catalogue, rows, self._work.today)

    def _order(self, kind: ResourceKind, desired: Desired, currency: str) -> Purchase:
        rows = self._facts.tariffs.get(kind.name, ())
        offer = tariff_offer(self._work.catalogue, kind, desired.fields, rows)
        return Purchase(
            action="order",
            day=self._work.today,
            months=kind.months_of(desired.fields),
            parts=offer.parts,
            currency=offer.currency,
            pays_in=currency,
            seller=offer.seller,
            product=offer.product,
        )

    async def _whole(self, kind: ResourceKind, service: Observed, login: str) -> Observed:
        """Return a service with its add-ons, which the form alone shows."""
        if service.from_form:
            return service
        seen = await read_object_form(
            self._reader, kind, service, login=login, why="a price depends on it"
        )
        return seen.observed if seen else service

    async def _find(
        self, order: Desired, service: Observed | None, login: str, terms: ClientTerms
    ) -> FullPrices | None:
        if not self._left or (service is not None and not service.from_form):
            return None
        self._left -= 1
        found = await find_full_prices(
            self._reader,
            self._work.catalogue,
            order,
            service,
            login=login,
            ways=self._ways,
            today=self._work.today,
            terms=terms,
        )
        return found.full
