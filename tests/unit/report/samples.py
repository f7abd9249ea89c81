"""Plans, outcomes and drift to be shown: small, and of every sort."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reconciler.model.address import Address, ElementId
from reconciler.model.plan import Change, Client, Edit, Money, Plan, TargetRef
from reconciler.model.resource import Observed, Scope

if TYPE_CHECKING:
    from reconciler.model.finding import Finding, Source
    from reconciler.model.plan import Action
    from reconciler.model.value import Fields

PROD = TargetRef("prod", "https://billing.example.com/billmgr")
GLOBEX = Client("globex", "pay@globex.example", "12")
PRICE = Money(Decimal("12.5"), "EUR", "globex")


def observed(kind: str, number: str) -> Observed:
    """Return a live object of which only the id matters."""
    element = ElementId(number)
    return Observed(Scope(kind), element, {})


def change(name: str, action: Action, number: str = "", **more: Any) -> Change:
    """Return a change to ``Kind/name``, of an object with an id where one is given."""
    kind, _, stem = name.partition("/")
    live = observed(kind, number) if number else None
    return Change(Address(kind, stem), action, observed=live, **more)


def plan(*changes: Change, keeps: int = 0, findings: tuple[Finding, ...] = ()) -> Plan:
    """Return a plan for the production panel."""
    return Plan(PROD, changes, keeps, findings, "sha256:0", {})


def create(source: Source) -> Change:
    """Return the creation of a discount."""
    edits = (Edit("percentage", None, Decimal("7.50")), Edit("note", None, ""))
    return change("Discount/globex-june", "create", source=source, edits=edits, client=GLOBEX)


def update(source: Source) -> Change:
    """Return an edit of a tax rule."""
    edits = (Edit("rate", Decimal(19), Decimal(20)),)
    client = Client("acme", "pay@acme.example")
    return change("TaxRule/globex-vat", "update", "41", source=source, edits=edits, client=client)


def delete() -> Change:
    """Return the end of a rate, whose address is as long as the column."""
    held: Fields = {"rate": Decimal("1.1000"), "date": date(2026, 2, 1), "note": ""}
    gone = change(
        "CurrencyRate/globex-usd-eur-2026-02",
        "delete",
        reason="managed, removed from the manifests",
        classes=frozenset({"delete"}),
        client=Client("initech", id="9"),
    )
    return replace(gone, observed=Observed(Scope("CurrencyRate"), ElementId("7"), held))


def order(source: Source) -> Change:
    """Return an order that charges."""
    return change(
        "Service/globex-web",
        "create",
        source=source,
        edits=(Edit("domain", None, "globex.example"),),
        classes=frozenset({"charge"}),
        money=PRICE,
        client=GLOBEX,
    )


def renewal(source: Source) -> Change:
    """Return a renewal of a service."""
    return change(
        "Service/globex-mail",
        "renew",
        "8",
        source=source,
        edits=(Edit("paidThrough", date(2026, 12, 1), date(2027, 1, 1)),),
        reason="renewed by 1 months",
        classes=frozenset({"charge"}),
        money=PRICE,
        client=GLOBEX,
    )
