"""A world in which nearly everything that a plan can decide happens at once."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.documents.plan import plan_digest
from reconciler.model.address import Address
from reconciler.model.plan import Money
from reconciler.model.resource import Lifecycle, Observed
from reconciler.model.value import Choice
from tests.support.planning import PlanInputs, acme, client, declare, live, remember

if TYPE_CHECKING:
    from reconciler.model.value import Fields

MAIN = Choice("1", "Main provider")
OTHER = Choice("2", "Other provider")
PERIODS = frozenset(Choice(number, f"{number} months") for number in ("1", "3", "6", "12"))


def large_example() -> PlanInputs:
    """Return two clients with creates, updates, adoptions, deletes, duplicates and things gone."""
    first = acme(note="new", groups=["Gold", "Silver", {"id": "4"}])
    first = first._replace(whole=frozenset({"TaxRule"}))
    second = declare("Client", "zeta", {"email": "post@zeta.example", "realName": "Zoe"})
    discounts = [
        declare(
            "Discount",
            f"d-{name}",
            {"client": owner, "percentage": 15, "periods": [{"id": key} for key in periods]},
        )
        for owner in ("acme", "zeta")
        for name, periods in ((f"{owner}-1", [1, 12]), (f"{owner}-2", [3, 6, 1]))
    ]
    rules = [
        declare("TaxRule", f"r-{number}", {"client": "acme", "provider": provider, "rate": 20})
        for number, provider in enumerate((MAIN, OTHER))
    ]
    service = declare(
        "Service",
        "web",
        {
            "client": "zeta",
            "type": "vds",
            "tariff": Choice("6", "VDS S"),
            "domain": "zeta.example",
            "payFrom": "balance",
            "addons": {"7": 5, "11": 512, "9": "on"},
            "paidThrough": "2027-03-01",
            "periodMonths": 1,
            "suspended": True,
        },
    )
    old = [
        (Address("Discount", f"old-{number}"), entry)
        for number in (1, 2, 3)
        for _, entry in [remember(discounts[0], _discount(90 + number, "", 7))]
    ]
    return PlanInputs(
        declared=(first, second, *discounts, *rules, service),
        objects=(*_clients(), *_children()),
        inventory=dict([*old, remember(discounts[0], _discount(50, "d-acme-1", 7))]),
        offers={"groups": {"3": "Gold", "4": "Silver", "5": "Bronze"}},
        prices={service.address: Money(Decimal("37.20"), "EUR")},
    )


def _clients() -> list[Observed]:
    groups = frozenset({Choice("5", "Bronze"), Choice("4", "Silver")})
    return [
        client(7, note="old", groups=groups),
        client(8, "post@zeta.example", realName="Zoe"),
        client(9, "else@where.example"),
    ]


def _children() -> list[Observed]:
    rates: Fields = {"rate": Decimal(19), "productTypes": frozenset()}
    return [
        _discount(50, "d-acme-1", 7),
        _discount(51, "d-zeta-2", 8),
        # Leftovers of ours, two of them with one marker, and a duplicate of one that is declared.
        _discount(52, "left", 7),
        _discount(53, "left", 8),
        _discount(54, "d-acme-1", 7),
        live("TaxRule", 60, {"provider": MAIN, **rates}, client=7),
        live("TaxRule", 61, {"provider": Choice("3", "Third provider"), **rates}, client=7),
        live("TaxRule", 62, {"provider": Choice("4", "Fourth provider"), **rates}, client=7),
        live(
            "CurrencyRate",
            70,
            {"base": Choice("1", "EUR"), "date": date(2026, 1, 1), "rate": Decimal(1)},
            client=8,
        ),
    ]


def _discount(number: int, name: str, owner: int) -> Observed:
    fields: Fields = {"percentage": Decimal(10), "periods": PERIODS, "note": ""}
    mark = f"git:shop/{name}" if name else None
    return live("Discount", number, fields, client=owner, marker=mark)


def keeping(world: PlanInputs) -> PlanInputs:
    """Return a world whose removed resources are kept."""
    entries = {
        address: replace(entry, lifecycle=Lifecycle("keep"))
        for address, entry in world.inventory.items()
    }
    return replace(world, inventory=entries)


if __name__ == "__main__":
    sys.stdout.write(plan_digest(large_example().plan()))
