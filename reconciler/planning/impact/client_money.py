"""The money of one client in a plan, change by change.

Invariants: what recurs before is that of the services that run before the plan; a change moves only
the service that it is about, or by a discount or a rate all services of the client; a balance is
known only where its account is.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.kinds.money_fields import AccountFields, DiscountFields, RateFields
from reconciler.model.impact import NO_CURRENCY, MoneyImpact
from reconciler.planning.client_terms import TermRow, currency_of, find_terms, names_of
from reconciler.planning.impact.charges import renewal_after
from reconciler.planning.impact.facts import AccountBalance, moves_renewals, sides_of
from reconciler.planning.impact.price_terms import proof_of_taxing
from reconciler.planning.impact.recurring import (
    MonthlyCost,
    followed_price,
    is_running,
    monthly_price,
    renewal_of,
)
from reconciler.planning.impact.sums import CurrencySums, scaled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.plan import Change
    from reconciler.model.price import FullPrices
    from reconciler.model.resource import Observed
    from reconciler.planning.context import PlanContext
    from reconciler.planning.impact.charges import ChargeAmount, ChargeAmounts
    from reconciler.planning.impact.facts import ClientFacts, MoneyFacts, RenewalQuote
    from reconciler.planning.pricing import ClientTerms, Purchase

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is taken from a balance, and by whom."""

    seller: frozenset[str]
    currency: str
    amount: Decimal | None


class ClientMoney:
    """Adds up what a plan comes to for one client; lives only while an impact is built."""

    def __init__(
        self, work: PlanContext, known: ClientFacts, facts: MoneyFacts, amounts: ChargeAmounts
    ) -> None:
        """Begin with the client as read."""
        self._work = work
        self._known = known
        self._facts = facts
        self._amounts = amounts
        self._rows: dict[str, dict[str, TermRow] | None] = {}
        for kind in work.catalogue.resources:
            if kind.money is not None and not isinstance(kind.money, AccountFields):
                self._rows[kind.name] = self._live_rows(kind)
        self._accounts = None if known.accounts is None else {a.row_id: a for a in known.accounts}
        self._charges, self._cart, self._once = CurrencySums(), CurrencySums(), CurrencySums()
        self._taxes, self._discounts = CurrencySums(), CurrencySums()
        self._taken: list[_Taken] = []
        # The accounts that the plan makes.
        self._made: list[AccountBalance] = []
        # What each charge comes to, by the identity of its change.
        self.charged: dict[int, ChargeAmount] = {}
        # Each purchase with its change, and the terms at its turn.
        self.purchases: list[tuple[Change, ChargeAmount, ClientTerms]] = []
        # The monthly cost of what a change is about, by the id of the service or by its address.
        self._moved: dict[str, MonthlyCost] = {}
        # What is ordered for periods, with the terms at its turn: terms may move again after it.
        self._ordered: dict[str, tuple[ChargeAmount, ClientTerms]] = {}
        # What other add-ons of a service add to its period before all terms, by its id.
        self._more: dict[str, Decimal | None] = {}
        # What services cost before all terms, by their ids.
        self._full: dict[str, FullPrices] = dict(known.full_prices)
        self._resumed: set[str] = set()
        # Whether a discount or a rate moves, which may move what every service costs.
        self._follows = False
        self._has_new_terms = False
        # Whether the panel adds its taxes, where a price of any client proves it.
        self.tax_added: bool | None = None

    def follow(self, changes: Iterable[Change]) -> MoneyImpact:
        """Go through the changes in their order, and return what they come to."""
        then = self.terms()
        for change in changes:
            kind = self._work.catalogue.by_name[change.address.kind]
            if kind.order:
                self._service(kind, change, then)
            elif isinstance(kind.money, AccountFields):
                self._account(kind.money, change)
            elif kind.money is not None:
                self._term(kind, change)
        before, after, moved = self._recurring(then, self.terms())
        return MoneyImpact(
            charges_now=self._charges.sums(),
            into_cart=self._cart.sums(),
            recurring_before=before.sums(),
            recurring_after=after.sums(),
            monthly_change=moved.sums(),
            yearly_change=scaled(moved.sums(), _MONTHS),
            one_off=self._once.sums(),
            tax_part=self._taxes.sums(),
            discount_part=self._discounts.sums(),
            credit_left=self._credit_left().sums(),
        )

    def _live_rows(self, kind: ResourceKind) -> dict[str, TermRow] | None:
        listed = self._known.terms.get(kind.name, () if self._known.is_new else None)
        if listed is None:
            return None
        return {
            each.row_id: TermRow(f"{kind.name} {each.row_id}", each.fields, live=True)
            for each in listed
        }

    def terms(self) -> ClientTerms:
        """Return the client's terms, as far as the changes so far move them."""
        rows = {
            name: None if each is None else list(each.values()) for name, each in self._rows.items()
        }
        found = find_terms(self._work.catalogue, rows, self._work.today)
        return replace(found, tax_added=self.tax_added)

    def proofs_of_taxing(self) -> set[bool]:
        """Return what prices of the client prove: that the panel adds its taxes, or does not."""
        terms = self.terms()
        found: set[bool | None] = set()
        for service in self._known.services or ():
            quote = self._known.renewals.get(service.row_id)
            if quote is not None and quote.amount is not None:
                purchase = self._renewal(service, quote)
                found.add(proof_of_taxing(purchase, quote.amount, terms))
        return {each for each in found if each is not None}

    def _renewal(self, service: Observed, quote: RenewalQuote | None) -> Purchase:
        kind = self._work.catalogue.by_name[service.scope.kind]
        return renewal_of(
            kind,
            service,
            quote,
            catalogue=self._work.catalogue,
            tariffs=self._facts.tariffs.get(kind.name, ()),
            today=self._work.today,
            full=self._full.get(service.row_id),
        )

    def added_to(self, service: str) -> Decimal | None:
        """Return what changes add to a service's period before all terms, by its id."""
        return self._more.get(service, Decimal(0))

    def _term(self, kind: ResourceKind, change: Change) -> None:
        rows = self._rows.get(kind.name)
        before, after = sides_of(change)
        self._has_new_terms |= before != after
        if isinstance(kind.money, DiscountFields | RateFields):
            self._follows |= moves_renewals(kind, change, self._work)
        if rows is None:
            return
        key = str(change.id or change.address)
        if after is None:
            rows.pop(key, None)
        else:
            rows[key] = TermRow(str(change.address), after, live=change.observed is not None)

    def _account(self, roles: AccountFields, change: Change) -> None:
        """Follow a new account, and a credit limit that moves."""
        _, after = sides_of(change)
        if after is None:
            return
        key = str(change.id or change.address)
        known = (self._accounts or {}).get(key)
        credit = after.get(roles.credit, Decimal(0) if known is None else known.credit)
        made = AccountBalance(
            key,
            known.seller if known else names_of(after.get(roles.seller)),
            known.currency if known else currency_of(after.get(roles.currency)),
            known.balance if known else Decimal(0),
            credit if isinstance(credit, Decimal) else None,
        )
        if self._accounts is not None:
            self._accounts[key] = made
        self._made += [made] if change.action == "create" else []

    def _paying(self, seller: frozenset[str], quoted: str) -> str | None:
        """Return the currency in which an order is paid, where the plan makes the account.

        None where an account that is there pays as quoted; a word that is none where two could.
        """
        new = [each for each in self._made if not (each.seller and seller) or each.seller & seller]
        if all(each.currency == quoted for each in new):
            return None
        old = self._known.accounts
        mine = [a for a in old or () if not (a.seller and seller) or a.seller & seller]
        if any(each.currency == quoted for each in mine):
            return None
        units = {each.currency for each in new}
        is_certain = old is not None and not mine and seller and len(units) == 1
        return units.pop() if is_certain else NO_CURRENCY

    def _service(self, kind: ResourceKind, change: Change, then: ClientTerms) -> None:
        charges, ordered = "charge" in change.classes, change.action == "create"
        key = change.observed.row_id if change.observed else ""
        if charges or ordered:
            now = self.terms() if self._has_new_terms else then
            more = self._more.get(key, Decimal(0)) if change.action == "renew" else Decimal(0)
            full = self._amounts.full_prices(change)
            if key and full:
                self._full[key] = full
            elif change.action == "renew":
                # What was read of the service as it is says nothing of other add-ons.
                full = self._full.get(key)
            found = self._amounts.of(
                kind, change, then, now, paying=self._paying, more=more, full=full
            )
            self._add(found, is_charged=charges)
            self.purchases.append((change, found, now))
            if charges:
                self.charged[id(change)] = found
            if charges and change.action != "renew":
                self._begin(change, found, now)
        if change.observed is None:
            if change.action == "suspend":
                self._ordered.pop(str(change.address), None)
            return
        listed = monthly_price(kind, change.observed, self._known.renewals)
        running = is_running(kind, change.observed)
        match change.action:
            case "delete" | "suspend" if running:
                self._moved[key] = MonthlyCost(listed.currency, listed.amount, Decimal(0))
            case "resume" if not running and self._known.services is not None:
                self._resumed.add(key)
            case "resume" if not running:
                self._moved[key] = MonthlyCost(listed.currency, Decimal(0), listed.amount)
            case _:
                pass

    def _add(self, found: ChargeAmount, *, is_charged: bool) -> None:
        place = self._charges if is_charged else self._cart
        place.add(found.currency, found.amount, found.source)
        # Without a rule of the client's own the panel's general ones may hold, which nothing shows.
        for sums, part in ((self._discounts, found.discount), (self._taxes, found.tax)):
            if part is None or part:
                sums.add(found.currency, part, "computed")
        if is_charged:
            self._taken.append(_Taken(found.seller, found.currency, found.amount))

    def _begin(self, change: Change, found: ChargeAmount, terms: ClientTerms) -> None:
        """Count a service that is ordered and paid, or other add-ons of one that runs."""
        if found.purchase is None or not found.purchase.months:
            self._once.add(found.currency, found.amount, found.source)
        elif change.observed is None:
            self._ordered[str(change.address)] = (found, terms)
        else:
            full = self._amounts.full_prices(change)
            self._more[change.observed.row_id] = full.wanted - full.live if full else None

    def _recurring(
        self, then: ClientTerms, now: ClientTerms
    ) -> tuple[CurrencySums, CurrencySums, CurrencySums]:
        before, after, moved = CurrencySums(), CurrencySums(), CurrencySums()
        if not (self._moved or self._ordered or self._more or self._resumed or self._follows):
            return before, after, moved
        costs = dict(self._moved)
        for address, (found, terms) in self._ordered.items():
            costs[address] = _ordered_cost(found, terms, now)
        for service in self._known.services or ():
            kind = self._work.catalogue.by_name[service.scope.kind]
            begins = service.row_id in self._resumed
            if service.row_id in costs or not (begins or is_running(kind, service)):
                continue
            quote = self._known.renewals.get(service.row_id)
            purchase = self._renewal(service, quote)
            listed = monthly_price(kind, service, self._known.renewals)
            more = self._more.get(service.row_id, Decimal(0)) if purchase.whole else None
            if service.row_id not in self._more:
                more = Decimal(0)
            terms = now if self._follows else then
            cost = followed_price(purchase, then, terms, listed=listed, quote=quote, more=more)
            if begins:
                cost = replace(cost, before=Decimal(0), moves=True)
            costs[service.row_id] = cost
        for cost in costs.values():
            before.add(cost.currency, cost.before, "computed")
            after.add(cost.currency, cost.after, "computed")
            if not cost.moves:
                continue
            known = cost.before is not None and cost.after is not None
            change = (cost.after or Decimal(0)) - (cost.before or Decimal(0))
            if not known or change:
                moved.add(cost.currency, change if known else None, "computed")
        if self._known.services is None:
            for each in (before, after, *([moved] if self._follows else [])):
                each.add("", None, "unknown")
        return before, after, moved

    def _credit_left(self) -> CurrencySums:
        """Return what the accounts come to that are charged; the lowest one of a currency."""
        left = CurrencySums()
        for currency in sorted({each.currency for each in self._taken}):
            left.add(currency, self._left_in(currency), "computed")
        return left

    def _left_in(self, currency: str) -> Decimal | None:
        taken = [each for each in self._taken if each.currency == currency]
        if self._accounts is None or any(each.amount is None for each in taken):
            return None
        accounts = [each for each in self._accounts.values() if each.currency == currency]
        if not accounts and not self._accounts and self._known.is_new:
            # The account that the panel makes with a new client is empty.
            return -sum((each.amount or Decimal(0) for each in taken), Decimal(0))
        rest: dict[str, Decimal] = {}
        for each in taken:
            mine = [a for a in accounts if len(accounts) == 1 or a.seller & each.seller]
            if len(mine) != 1 or mine[0].balance is None or mine[0].credit is None:
                return None
            (account,) = mine
            start = rest.get(account.row_id, (account.balance or 0) + (account.credit or 0))
            rest[account.row_id] = start - (each.amount or Decimal(0))
        return min(rest.values(), default=None)


def _ordered_cost(found: ChargeAmount, terms: ClientTerms, now: ClientTerms) -> MonthlyCost:
    """Return what an order costs for a month, by the terms at the end of the plan."""
    amount = renewal_after(found, terms, now)
    months = found.purchase.months if found.purchase else 0
    monthly = None if amount is None else amount / months
    return MonthlyCost(found.currency, Decimal(0), monthly)


def total(found: Iterable[MoneyImpact]) -> MoneyImpact:
    """Return what several clients come to together."""
    sums = {each.name: CurrencySums() for each in fields(MoneyImpact)}
    for money in found:
        for name, each in money.named():
            sums[name].include_all(each)
    return MoneyImpact(**{name: each.sums() for name, each in sums.items()})
