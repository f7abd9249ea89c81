"""What a plan comes to: charges, what recurs, balances and emails, client by client."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.mapping.marker import marker_of
from reconciler.model.address import Address, parse_element_id
from reconciler.model.impact import NO_CURRENCY, Amount, Impact, LargestChange, Message
from reconciler.model.plan import Money, Plan
from reconciler.model.price import FullPrices
from reconciler.model.resource import Lifecycle, Observed
from reconciler.model.value import Choice
from reconciler.planning.build.builder import build_plan
from reconciler.planning.impact.build import add_impact
from reconciler.planning.impact.facts import (
    AccountBalance,
    ClientFacts,
    ClientNeeds,
    MoneyFacts,
    RenewalQuote,
    find_needs,
)
from reconciler.planning.pricing import PricePart, TariffOffer
from reconciler.wire.reply import Row
from tests.support.planning import (
    NAMESPACE,
    PlanInputs,
    acme,
    client,
    declare,
    kind_of,
    live,
    remember,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.impact import PriceSource
    from reconciler.model.value import Value

ACME = parse_element_id("7")
WEB = {"client": "acme", "type": "vds", "tariff": "Cloud S", "domain": "a.example"}
PAID = {**WEB, "periodMonths": 3, "payFrom": "balance"}
ORDERED = Address("Service", "web")
EURO = AccountBalance("1", frozenset({"main"}), "EUR", Decimal(20), Decimal(10))
ROWS = (
    Row({"id": "5", "name": "Cloud S", "price": "5.00 EUR / Month", "project": "Main"}),
    Row({"id": "6", "name": "Cloud M", "price": "12.00 EUR / Month", "project": "Main"}),
)
RENEWALS = {"appliesTo": Choice("2", "Renewal"), "type": Choice("1", "Percentage discount")}
TERM: dict[str, Value] = {
    **RENEWALS,
    "percentage": Decimal(10),
    "periods": frozenset(),
    "priority": 0,
    "from": date(2026, 1, 1),
    "to": None,
    "note": "",
}


def service(
    number: int, price: str, months: int = 1, tariff: str = "Cloud S", **fields: Value
) -> Observed:
    """Return a live service of the client."""
    seen = live(
        "Service",
        number,
        {
            "type": "vds",
            "tariff": Choice(None, tariff),
            "domain": f"s{number}.example",
            "periodMonths": months,
            "suspended": False,
            **fields,
        },
        client=7,
        variant="vds",
    )
    return replace(seen, notes={"price": price, "currency": "EUR", "status": "2"})


def impact_of(
    world: PlanInputs,
    facts: ClientFacts | None = None,
    tariffs: Mapping[Address, TariffOffer] | None = None,
) -> Impact:
    """Return what the plan of a world comes to."""
    return plan_of(world, facts, tariffs).impact


def plan_of(
    world: PlanInputs,
    facts: ClientFacts | None = None,
    tariffs: Mapping[Address, TariffOffer] | None = None,
) -> Plan:
    """Return the plan of a world, with what it comes to."""
    work, snapshot = world.work(), replace(world.snapshot(), tariffs=tariffs or {})
    plan = build_plan(work, snapshot, world.options)
    known = MoneyFacts({} if facts is None else {ACME: facts}, {"Service": ROWS})
    return add_impact(plan, work, snapshot, known, options=world.options)


def read(**facts: Any) -> ClientFacts:
    """Return a client of whom all was read, and who has nothing but what is given."""
    terms = {"Discount": (), "TaxRule": (), "CurrencyRate": (), **facts.pop("terms", {})}
    return ClientFacts(**{"terms": terms, "accounts": (EURO,), "services": (), **facts})


def euros(
    amount: str, source: PriceSource = "computed", *, at_least: bool = False
) -> dict[str, Amount]:
    """Return a sum in euros."""
    return {"EUR": Amount(Decimal(amount), source, at_least)}


def order(price: str = "15.00", **spec: Any) -> PlanInputs:
    """Return a world in which a client who exists orders a service at a quoted price."""
    quote = Money(Decimal(price), "EUR")
    web = declare("Service", "web", {**PAID, **spec})
    return PlanInputs((acme(), web), (client(),), prices={ORDERED: quote})


def test_quoted_order_is_charged_and_recurs() -> None:
    """At the quoted price a period; the balance and its credit pay it."""
    impact = impact_of(order(), read(services=(service(3, "8.0000", 2),)))
    money = impact.money
    assert money.charges_now == euros("15.00", "quoted")
    assert (money.into_cart, money.one_off, money.discount_part) == ({}, {}, {})
    assert money.recurring_before == euros("4.00")
    assert money.recurring_after == euros("9.00")
    assert money.monthly_change == euros("5.00")
    assert money.yearly_change == euros("60.00")
    assert money.credit_left == euros("15.00")
    assert (impact.client_count, impact.clients[0].client) == (1, "Client/acme")
    assert impact.largest_change == {"EUR": LargestChange(Decimal("5.00"), "Client/acme")}
    assert impact.median_change == {"EUR": Decimal("5.00")}
    assert impact.messages == (Message(ORDERED, "Client/acme", "service-opened"),)


def test_credit_that_is_overdrawn_is_negative() -> None:
    """An order may cost more than the balance and its credit."""
    assert impact_of(order("45.00"), read()).money.credit_left == euros("-15.00")


def test_order_into_the_cart_charges_nothing_and_does_not_recur_yet() -> None:
    """Nobody may ever pay it."""
    impact = impact_of(order(payFrom="cart"), read())
    assert impact.money.into_cart == euros("15.00", "quoted")
    assert (impact.money.charges_now, impact.money.recurring_after) == ({}, {})
    assert (impact.money.credit_left, impact.messages) == ({}, ())


def test_unknown_price_is_unknown_everywhere() -> None:
    """Of the charge, of what recurs, and of the balance."""
    world = replace(order(), prices={})
    money = impact_of(world, read()).money
    unknown = {NO_CURRENCY: Amount(None, "unknown")}
    assert money.charges_now == money.credit_left == money.recurring_after == unknown
    assert (money.discount_part, money.tax_part) == (unknown, unknown)


def test_client_who_was_not_read_has_unknown_totals() -> None:
    """The charge is known all the same."""
    money = impact_of(order()).money
    assert money.charges_now == euros("15.00", "quoted")
    assert money.credit_left == {"EUR": Amount(None, "unknown")}
    assert money.recurring_before[NO_CURRENCY] == Amount(None, "unknown")


def test_discount_and_tax_within_a_quote() -> None:
    """The tariff and the client's terms explain the quote to the cent."""
    both = {**TERM, "appliesTo": Choice("3", "Order and renewal")}
    rule = live(
        "TaxRule",
        4,
        {"rate": Decimal(19), "provider": Choice("1", "Main"), "productTypes": frozenset()},
        client=7,
    )
    terms = {"Discount": (live("Discount", 3, both, client=7),), "TaxRule": (rule,)}
    money = impact_of(order("13.50"), read(terms=terms)).money
    assert money.discount_part == euros("1.50")
    assert money.tax_part == euros("2.16")
    assert money.recurring_after == euros("4.50")
    # A quote that they do not explain has a discount of an unknown amount.
    assert impact_of(order("13.00"), read(terms=terms)).money.discount_part == {
        "EUR": Amount(None, "unknown")
    }


@pytest.mark.parametrize(
    ("quote", "unread", "amount"),
    [
        ("15.00", {}, Decimal("12.00")),
        ("14.00", {}, Decimal("11.20")),
        ("15.00", {"Discount": None}, None),
    ],
)
def test_discount_of_the_same_plan_moves_a_quote(
    quote: str, unread: dict[str, None], amount: Decimal | None
) -> None:
    """It is computed where the client's terms explain the quote, and unknown elsewhere."""
    world = order(quote)
    discount = declare(
        "Discount", "d", {"client": "acme", "percentage": 20, "appliesTo": "Order", "type": "P"}
    )
    known = read(terms=unread)
    plan = plan_of(replace(world, declared=(*world.declared, discount)), known)
    source: PriceSource = "unknown" if amount is None else "computed"
    assert plan.impact.money.charges_now == {"EUR": Amount(amount, source)}
    (charge,) = (each.money for each in plan.changes if "charge" in each.classes)
    bound = () if amount else (("EUR", Decimal(quote)),)
    read_price = Money(Decimal(quote), "EUR")
    computed = amount is not None
    assert charge == Money(amount, "EUR", computed=computed, at_most=bound, before=read_price)


def test_new_client_is_charged_by_the_terms_of_the_same_plan() -> None:
    """A discount, a tax rule and an account are declared with the order."""
    offer = TariffOffer(
        (PricePart("Cloud S", Decimal("15.00")),),
        "EUR",
        "",
        frozenset({"main"}),
        frozenset({"vds"}),
    )
    declared = (
        acme(onCreate={"notify": True, "sendRecovery": True}),
        declare("Service", "web", PAID),
        declare("Discount", "d", {"client": "acme", "percentage": 10, "appliesTo": "Order"}),
        declare("TaxRule", "t", {"client": "acme", "provider": "Main", "rate": 19}),
        declare(
            "ClientAccount",
            "a",
            {"client": "acme", "provider": "Main", "currency": "EUR", "creditLimit": 100},
        ),
    )
    impact = impact_of(PlanInputs(declared), tariffs={ORDERED: offer})
    money = impact.money
    assert money.charges_now == euros("13.50")
    assert (money.discount_part, money.tax_part) == (euros("1.50"), euros("2.16"))
    assert money.credit_left == euros("86.50")
    assert (money.recurring_before, money.recurring_after) == (euros("0.00"), euros("5.00"))
    assert [(each.kind, each.count) for each in impact.messages] == [
        ("welcome", 1),
        ("recovery", 1),
        ("service-opened", 1),
    ]


def test_new_client_without_an_account_is_overdrawn() -> None:
    """The account that the panel makes is empty."""
    offer = TariffOffer((PricePart("Cloud S", Decimal("15.00")),), "EUR")
    world = PlanInputs((acme(), declare("Service", "web", PAID)))
    assert impact_of(world, tariffs={ORDERED: offer}).money.credit_left == euros("-15.00")


def test_service_that_ends_recurs_no_more() -> None:
    """It costs nothing any more, and a suspended one costs nothing either."""
    web = declare("Service", "web", WEB, lifecycle=Lifecycle("delete"))
    there = replace(service(3, "9.0000", 3), marker=marker_of(kind_of("Service"), NAMESPACE, web))
    world = PlanInputs((acme(),), (client(), there), dict([remember(web, there)]))
    money = impact_of(world, read(services=(there, service(4, "2.0000")))).money
    assert money.recurring_before == euros("5.00")
    assert money.recurring_after == euros("2.00")
    assert money.yearly_change == euros("-36.00")
    assert money.charges_now == {}


def lowered(after: int = 20) -> PlanInputs:
    """Return a world in which a discount of the client on renewals moves."""
    spec = {"client": "acme", "percentage": after, "appliesTo": "Renewal"}
    discount = declare("Discount", "d", spec)
    there = live("Discount", 3, TERM, client=7, marker="git:shop/d")
    menus = {("Discount", ""): {"actiontype": {"2": "Renewal"}, "period": {}}}
    return PlanInputs(
        (acme(), discount), (client(), there), dict([remember(discount, there)]), menus
    )


def test_changed_discount_is_followed_to_services() -> None:
    """Those whose price the tariff and the discounts explain; another one is unknown."""
    term = live("Discount", 3, TERM, client=7)
    running = (service(3, "15.0000", 3), service(4, "4.5000"))
    facts = read(terms={"Discount": (term,)}, services=running)
    money = impact_of(lowered(), facts).money
    assert money.recurring_before == euros("9.00")
    assert money.recurring_after == euros("8.00")
    assert money.monthly_change == euros("-1.00")
    strange = read(terms={"Discount": (term,)}, services=(*running, service(5, "7.7700")))
    money = impact_of(lowered(), strange).money
    assert money.recurring_before == euros("16.77")
    assert money.recurring_after == euros("8.00", at_least=True)
    assert money.monthly_change == euros("-1.00", at_least=True)


def test_services_of_other_periods_are_not_touched() -> None:
    """Nor are suspended and unpaid ones counted."""
    yearly = {**TERM, "periods": frozenset({Choice("12", "Year")})}
    waiting = replace(service(6, "3.0000"), notes={"price": "3.0000", "status": "1"})
    running = (service(3, "5.0000"), service(4, "7.0000", suspended=True), waiting)
    facts = read(terms={"Discount": (live("Discount", 3, yearly, client=7),)}, services=running)
    world = lowered()
    there = live("Discount", 3, yearly, client=7, marker="git:shop/d")
    money = impact_of(replace(world, objects=(client(), there)), facts).money
    assert money.recurring_before == money.recurring_after == euros("5.00")
    assert money.monthly_change == {}


def test_discount_of_a_client_who_was_not_read_is_unknown() -> None:
    """Never a change of zero."""
    money = impact_of(lowered()).money
    assert money.monthly_change == {NO_CURRENCY: Amount(None, "unknown")}


def needs_of(world: PlanInputs) -> dict[str, ClientNeeds]:
    """Return what has to be read for a world's plan."""
    return {str(key): each for key, each in find_needs(world.plan(), world.work()).items()}


def test_plan_that_moves_no_money_needs_nothing() -> None:
    """A new name, a tax, and a discount that is on orders alone, over, or yet to come."""
    tax = declare("TaxRule", "t", {"client": "acme", "provider": "Main", "rate": 7})
    assert needs_of(PlanInputs((acme(name="A"), tax), (client(name="B"),))) == {}
    for other in (
        {"appliesTo": "Order"},
        {"appliesTo": "Renewal", "to": "2026-01-01"},
        {"appliesTo": "Renewal", "from": "2027-01-01"},
    ):
        spec = {"client": "acme", "percentage": 5, **other}
        assert needs_of(PlanInputs((acme(), declare("Discount", "d", spec)), (client(),))) == {}


def test_plan_needs_only_what_its_changes_move() -> None:
    """A discount the services, an order the account too, a cart the terms alone."""
    assert needs_of(lowered()) == {"7": ClientNeeds(terms=True, services=True, moves=True)}
    assert needs_of(order()) == {"7": ClientNeeds(terms=True, accounts=True, services=True)}
    assert needs_of(order(payFrom="cart")) == {"7": ClientNeeds(terms=True, accounts=True)}


DOLLARS = {"client": "acme", "provider": "Main", "currency": "USD"}
DOLLAR_RATE = {
    "client": "acme",
    "base": "EUR",
    "relate": "USD",
    "rate": Decimal("1.25"),
    "date": date(2026, 11, 1),
}


@pytest.mark.parametrize(
    ("accounts", "price", "charged"),
    [
        # The account of the plan is the first one with the seller: it pays, by its own rate.
        ((), "15.00", {"USD": Amount(Decimal("18.75"), "computed")}),
        # What the tariff does not explain may not be converted.
        ((), "16.00", {NO_CURRENCY: Amount(None, "unknown")}),
        # An account that is there pays as quoted.
        ((EURO,), "15.00", {"EUR": Amount(Decimal("15.00"), "quoted")}),
        # Whether there is one is not known.
        (None, "15.00", {NO_CURRENCY: Amount(None, "unknown")}),
    ],
)
def test_order_is_paid_in_the_currency_of_an_account_that_the_plan_makes(
    accounts: tuple[AccountBalance, ...] | None, price: str, charged: dict[str, Amount]
) -> None:
    """The form quotes in the currency of the tariff, as long as there is no account."""
    world = order(price)
    extra = (
        declare("ClientAccount", "acme-usd", DOLLARS),
        declare("CurrencyRate", "acme-usd", DOLLAR_RATE),
    )
    world = replace(world, declared=(*world.declared, *extra))

    plan = plan_of(world, read(accounts=accounts))

    found = {
        unit if amount.amount is not None else NO_CURRENCY: amount
        for unit, amount in plan.impact.money.charges_now.items()
    }
    assert found == charged


def test_full_price_of_a_service_says_nothing_of_its_other_add_ons() -> None:
    """What recurs is unknown where the price of the change is, whatever is known of today."""
    addons = {"12": "2"}
    runs = service(3, "8.0000", addons={"12": "1"})
    web = {**WEB, "domain": "s3.example", "payFrom": "balance", "addons": addons}
    term = declare("Discount", "d", {"client": "acme", "percentage": 10, "appliesTo": "Renewal"})
    world = PlanInputs((acme(), declare("Service", "web", web), term), (client(), runs))
    renewals = {"3": RenewalQuote(Decimal(8), "EUR", 1)}
    known = {"3": FullPrices("EUR", Decimal(8), Decimal(8), tax_added=False)}

    money = impact_of(world, read(services=(runs,), renewals=renewals, full_prices=known)).money

    assert money.recurring_before == euros("8.00")
    assert money.recurring_after == {"EUR": Amount(None, "unknown")}
