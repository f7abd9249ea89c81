"""How the prices of one resource come about, line by line.

Invariant: the amount is the plan's own, and the lines are those of the computation; where they
differ, the explanation says so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.documents.values import shown_money
from reconciler.model.plan import Change
from reconciler.model.price import ExplainedPrice, PriceExplanation
from reconciler.planning.build.clients import with_clients
from reconciler.planning.build.prices import OrderPrices
from reconciler.planning.impact.build import by_client, facts_of
from reconciler.planning.impact.charges import ChargeAmount, ChargeAmounts, renewal_after
from reconciler.planning.impact.client_money import ClientMoney
from reconciler.planning.impact.price_terms import are_alike, repriced
from reconciler.planning.impact.recurring import is_running, renewal_of
from reconciler.planning.pricing import Purchase, compute_price

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from reconciler.model.address import Address
    from reconciler.model.impact import PriceSource
    from reconciler.model.plan import Client, Plan
    from reconciler.model.resource import Observed
    from reconciler.planning.context import PlanContext, PlanOptions
    from reconciler.planning.impact.facts import MoneyFacts, RenewalQuote
    from reconciler.planning.pricing import ClientTerms
    from reconciler.planning.snapshot import Snapshot

_ADDONS = (
    "it is the difference of two order forms: with the add-ons as they are, and as they shall be"
)


def owner_of(plan: Plan, work: PlanContext, snapshot: Snapshot, address: Address) -> Client | None:
    """Return the client of a resource; None where he is not known."""
    desired = next((each for each in work.desired if each.address == address), None)
    asked = Change(address, "adopt", desired=desired, observed=live_object(plan, address))
    return with_clients([asked], work, snapshot)[0].client


def live_object(plan: Plan, address: Address) -> Observed | None:
    """Return the object of a resource; None where it does not exist yet."""
    if address in plan.kept:
        return plan.kept[address][1]
    found = (each.observed for each in plan.changes if each.address == address)
    return next((each for each in found if each is not None), None)


def explained_prices(
    plan: Plan,
    work: PlanContext,
    snapshot: Snapshot,
    facts: MoneyFacts,
    *,
    options: PlanOptions,
    address: Address,
) -> PriceExplanation:
    """Return what the plan buys for a resource, and what its next renewal costs after it."""
    client = owner_of(plan, work, snapshot, address)
    prices: list[ExplainedPrice] = []
    if client is not None:
        amounts = ChargeAmounts(work, snapshot, facts, OrderPrices(work, snapshot, options))
        money = ClientMoney(work, facts_of(client, facts), facts, amounts)
        proofs = money.proofs_of_taxing()
        money.tax_added = min(proofs) if len(proofs) == 1 else None
        then = money.terms()
        mine = (changes for each, changes in by_client(plan) if _is_same(each, client))
        money.follow(next(mine, []))
        for change, found, terms in money.purchases:
            if change.address == address:
                prices += _of_purchase(found, terms, money.terms())
        live = live_object(plan, address)
        if live is not None:
            known = facts_of(client, facts).renewals.get(live.row_id)
            renewal = _renewal_of(work, facts, live, known)
            if renewal is not None:
                more = money.added_to(live.row_id)
                prices += [_of_renewal(renewal, known, then, money.terms(), more=more)]
    named = _declared_names(plan)
    return PriceExplanation(
        plan.target,
        address,
        client,
        tuple(
            replace(
                each, steps=tuple(replace(s, name=named.get(s.name, s.name)) for s in each.steps)
            )
            for each in prices
        ),
    )


def _declared_names(plan: Plan) -> dict[str, str]:
    """Return the addresses of live terms that manifests declare, by what a sum calls them."""
    live = [(address, observed) for address, (_, observed) in plan.kept.items()]
    live += [(each.address, each.observed) for each in plan.changes if each.observed]
    return {f"{address.kind} {observed.row_id}": str(address) for address, observed in live}


def _is_same(one: Client, other: Client) -> bool:
    return one.id == other.id if one.id or other.id else one.name == other.name


def _of_purchase(
    found: ChargeAmount, terms: ClientTerms, later: ClientTerms
) -> Iterator[ExplainedPrice]:
    """Explain what a change buys; an order for a period is renewed by the terms after the plan."""
    purchase = found.purchase
    if purchase is None:
        return
    yield _explained(
        purchase, terms, found.amount, found.source, currency=found.currency, planned=True
    )
    if purchase.action != "order" or not purchase.months:
        return
    renewal = replace(purchase, action="renewal", pays_in=found.currency)
    amount = renewal_after(found, terms, later)
    source: PriceSource = "unknown" if amount is None else "computed"
    yield _explained(renewal, later, amount, source, currency=found.currency, planned=False)


def _renewal_of(
    work: PlanContext, facts: MoneyFacts, live: Observed, quote: RenewalQuote | None
) -> Purchase | None:
    """Return what the renewal of a service buys; None for one that is not renewed."""
    kind = work.catalogue.by_name[live.scope.kind]
    if not kind.renew or not is_running(kind, live):
        return None
    purchase = renewal_of(
        kind,
        live,
        quote,
        catalogue=work.catalogue,
        tariffs=facts.tariffs.get(kind.name, ()),
        today=work.today,
    )
    return purchase if purchase.months else None


def _of_renewal(
    purchase: Purchase,
    quote: RenewalQuote | None,
    then: ClientTerms,
    now: ClientTerms,
    *,
    more: Decimal | None,
) -> ExplainedPrice:
    """Explain the next renewal of a service that runs, by the terms after the plan.

    ``more`` is what other add-ons add to it before all terms; None where that is not known.
    """
    amount = None if more != 0 else compute_price(purchase, now).amount
    source: PriceSource = "computed"
    if quote is not None and more == 0 and are_alike(purchase, then, now):
        amount, source = quote.amount, "quoted"
    elif quote is not None and quote.amount is not None and more is not None:
        amount = repriced(purchase, quote.amount, then, after=purchase, now=now, more=more)
    known: PriceSource = "unknown" if amount is None else source
    return _explained(purchase, now, amount, known, currency=purchase.pays_in, planned=False)


def _explained(
    purchase: Purchase,
    terms: ClientTerms,
    amount: Decimal | None,
    source: PriceSource,
    *,
    currency: str,
    planned: bool,
) -> ExplainedPrice:
    price = compute_price(purchase, terms)
    # The last line says why a sum is not known.
    steps, why = price.steps, ""
    if purchase.action == "change":
        # The lines would be those of the whole service, and not of what is added to it.
        steps, why = (), _ADDONS
    elif price.amount is not None and amount is not None and price.amount != amount:
        sum_of = f"{shown_money(price.amount)} {price.currency}"
        why = f"the lines come to {sum_of}: they lack add-ons or terms that no list shows"
    elif price.amount is not None and amount is None:
        why = "what other add-ons or terms come to is not known"
    return ExplainedPrice(
        purchase.action, purchase.months, amount, currency, source, steps, planned=planned, why=why
    )
