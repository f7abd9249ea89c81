"""Prices of orders and renewals: as a form shows them, or by the tariff and the declared terms.

Invariants: a price is computed only for the order of a client who does not exist yet, by the terms
of the same plan; a price found so is marked as computed, and never a quote.
Doubt: the account that a panel makes by itself with a client. Where the manifests declare none with
the seller, it is taken to be in the currency of the tariff.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from reconciler.kinds.money_fields import AccountFields
from reconciler.mapping.prices import bounded
from reconciler.model.plan import Money
from reconciler.model.value import Ref
from reconciler.planning.client_terms import TermRow, currency_of, find_terms, names_of
from reconciler.planning.pricing import Price, Purchase, compute_price

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.kinds.money_fields import PaidAction
    from reconciler.model.address import Address
    from reconciler.model.resource import Desired
    from reconciler.planning.context import PlanContext, PlanOptions
    from reconciler.planning.pricing import TariffOffer
    from reconciler.planning.snapshot import Snapshot

_TWO_ACCOUNTS = "?"


class OrderPrices:
    """The prices of orders and renewals; lives only while a plan is built."""

    def __init__(self, work: PlanContext, snapshot: Snapshot, options: PlanOptions) -> None:
        """Compute for a plan of these resources; what is asked for says what is looked at."""
        self._work = work
        self._snapshot = snapshot
        self._options = options

    @cached_property
    def _names(self) -> Mapping[Ref, Ref]:
        return dict(_emails(self._work))

    @cached_property
    def _children(self) -> Mapping[Ref | None, list[Desired]]:
        """The declared children of each client."""
        found: dict[Ref | None, list[Desired]] = {}
        for original in self._work.desired:
            if self._options.selects(original) and original.parent is not None:
                desired = self._snapshot.desired.get(original.address, original)
                found.setdefault(self._owner(original), []).append(desired)
        return found

    def of(self, kind: ResourceKind, address: Address) -> tuple[Money | None, Money | None]:
        """Return what an order and a later renewal cost, within the author's bound."""
        snapshot, desired = self._snapshot, self._snapshot.desired.get(address)
        price, renewal = snapshot.prices.get(address), snapshot.renewals.get(address)
        if desired is not None and address in snapshot.tariffs:
            unclear = snapshot.tariffs[address].unclear
            price = _money(self.compute(kind, desired), unclear)
            renewal = bounded(
                kind, _money(self.compute(kind, desired, "renewal"), unclear), desired
            )
        return bounded(kind, price, desired), renewal

    def compute(
        self, kind: ResourceKind, desired: Desired, action: PaidAction = "order"
    ) -> Price | None:
        """Return what an order or a later renewal costs; None where its tariff was not read."""
        purchase = self.purchase(kind, desired, action)
        if purchase is None:
            return None
        rows = {
            each.name: [
                TermRow(str(child.address), child.fields, live=False)
                for child in self._children.get(self._owner(desired), [])
                if child.address.kind == each.name
            ]
            for each in self._work.catalogue.resources
            if each.money is not None
        }
        return compute_price(purchase, find_terms(self._work.catalogue, rows, self._work.today))

    def purchase(self, kind: ResourceKind, desired: Desired, action: PaidAction) -> Purchase | None:
        """Return what a client who does not exist yet would buy; None for any other."""
        offer = self._snapshot.tariffs.get(desired.address)
        if offer is None:
            return None
        children = self._children.get(self._owner(desired), [])
        return Purchase(
            action=action,
            day=self._work.today,
            months=kind.months_of(desired.fields),
            parts=offer.parts,
            currency=offer.currency,
            pays_in=self._currency(offer, children),
            seller=offer.seller,
            product=offer.product,
            whole=True,
        )

    def _owner(self, desired: Desired) -> Ref | None:
        """Return the client of a resource by name, if a manifest declares it."""
        ref = desired.parent
        return self._names.get(ref, ref) if ref is not None else None

    def _currency(self, offer: TariffOffer, children: list[Desired]) -> str:
        """Return the currency of the account that pays; a word that is none where two could."""
        found = set()
        for child in children:
            roles = self._work.catalogue.by_name[child.address.kind].money
            if not isinstance(roles, AccountFields) or child.fields.get(roles.active) is False:
                continue
            seller = names_of(child.fields.get(roles.seller))
            if not offer.seller or offer.seller & seller:
                found.add(currency_of(child.fields.get(roles.currency)))
        if len(found) > 1:
            return _TWO_ACCOUNTS
        return found.pop() if found else ""


def _money(price: Price | None, unclear: str) -> Money | None:
    """Return a computed price as an amount of money; None where there is none."""
    if price is None:
        return None
    if price.amount is None:
        return Money(None, "", unclear=unclear)
    return Money(price.amount, price.currency, computed=True)


def _emails(work: PlanContext) -> Iterator[tuple[Ref, Ref]]:
    for desired in work.desired:
        kind = work.catalogue.by_name[desired.address.kind]
        if kind.login:
            name = Ref(kind.name, "name", desired.address.name)
            yield Ref(kind.name, "email", str(desired.fields.get(kind.login, ""))), name
