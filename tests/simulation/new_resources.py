"""New resources as an author would write them, drawn from dice; no name is ever used twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulation.declaration import Declaration, Item

if TYPE_CHECKING:
    from random import Random

    from tests.simulation.panel_rows import Reading

MAIN = "Main provider"
TARIFFS = {"vhost": ("Web Start", "Web Pro"), "vds": ("Cloud S", "Cloud M")}
_PRODUCTS = ("Shared hosting", "VPS", "Dedicated server", "Domain name")
GROUPS = ("Partners", "Agencies")
CHILDREN = ("Discount", "TaxRule", "CurrencyRate", "Service")


@dataclass(slots=True)
class ManifestAuthor:
    """Where manifests are written: what they say by now, the dice, and what the panel holds.

    ``count`` numbers what is new, so that no name is ever used twice.
    """

    declaration: Declaration
    dice: Random
    reading: Reading
    other_clients: tuple[str, ...]
    count: int

    def name(self, stem: str) -> str:
        """Return a name that was never used."""
        self.count += 1
        return f"{stem}-{self.count}"


def new_client(author: ManifestAuthor) -> tuple[Item, ...]:
    """Return a new client with an account that can pay."""
    name = author.name("client")
    email = f"billing@{name}.example"
    spec: dict[str, Any] = {"email": email, "name": name.title(), "provider": MAIN}
    if author.dice.random() < 0.5:
        spec["groups"] = [author.dice.choice(GROUPS)]
    account = {"provider": MAIN, "currency": "EUR", "creditLimit": 5000}
    return (
        Item("Client", name, name, spec),
        Item("ClientAccount", f"{name}-eur", name, account),
    )


def new_child(author: ManifestAuthor, client: str, kind: str = "") -> Item:
    """Return something new of a client."""
    kind = kind or author.dice.choice(CHILDREN)
    name = author.name(kind.lower())
    return Item(kind, name, client, _spec(author, kind, client, name), _life(author, kind))


def _spec(author: ManifestAuthor, kind: str, client: str, name: str) -> dict[str, Any]:
    dice = author.dice
    match kind:
        case "Discount":
            applies = dice.choice(("Order", "Renewal", "Order and renewal"))
            base = {"percentage": dice.randrange(1, 60), "type": "Percentage discount"}
            more = {"appliesTo": applies, "from": f"2026-0{dice.randrange(1, 10)}-01"}
            return base | more | ({"note": "agreed"} if dice.random() < 0.4 else {})
        case "TaxRule":
            taken = [str(i.spec) for i in author.declaration.of(kind) if i.client == client]
            free = [p for p in _PRODUCTS if not any(p in text for text in taken)]
            product = dice.choice(free or _PRODUCTS)
            return {"provider": MAIN, "productTypes": [product], "rate": dice.randrange(30)}
        case "CurrencyRate":
            day = date(2027, 1, 1) + timedelta(days=author.count)
            rate = dice.randrange(1, 99)
            return {"base": "EUR", "relate": "USD", "date": str(day), "rate": rate}
        case _:
            return _service_spec(dice, name)


def _service_spec(dice: Random, name: str) -> dict[str, Any]:
    sort = dice.choice(sorted(TARIFFS))
    spec: dict[str, Any] = {
        "type": sort,
        "tariff": dice.choice(TARIFFS[sort]),
        "domain": f"{name}.example",
        "periodMonths": 1,
        "payFrom": "balance" if dice.random() < 0.8 else "cart",
    }
    return spec | ({"autoRenewMonths": 1} if dice.random() < 0.3 else {})


def _life(author: ManifestAuthor, kind: str) -> dict[str, Any]:
    endings = ("delete", "keep", "suspend") if kind == "Service" else ("delete", "keep")
    life: dict[str, Any] = {}
    if author.dice.random() < 0.5:
        life["onRemove"] = author.dice.choice(endings)
    return life
