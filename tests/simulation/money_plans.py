"""Random clients whose money moves: what they declare first, and what their next plans change.

Invariants: the same dice draw the same plans; a name, and with it a domain, is never used twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.simulation.declaration import Declaration, Item

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

_OF_SELLER = {
    "vhost": ("Web Start", "Web Pro"),
    "vds": ("Cloud S", "Cloud M"),
    "dedic": ("Server E3",),
}
_ADDONS = {
    "Web Start": ("Disk space, GB", 5, 30),
    "Web Pro": ("Disk space, GB", 20, 60),
    "Cloud S": ("Memory, GB", 1, 16),
    "Cloud M": ("Memory, GB", 4, 32),
    "Server E3": ("Addresses", 1, 8),
}
_PRODUCTS = {"vhost": "Shared hosting", "vds": "VPS", "dedic": "Dedicated server"}
_PERIODS = (1, 1, 3, 6, 12, 24)
_MAIN = "Main provider"
_APPLIES = ("Order", "Renewal", "Order and renewal", "Order and renewal")
_SHARES = (*("5", "7.5", "10", "12.5", "15", "20", "25") * 3, "33.33", "50", "99.5", "100")
# What a euro is worth, in cents of a currency; a client may have a rate far from it.
_WORTH = {"USD": (100, 130), "RUB": (8_000, 11_000), "GBP": (80, 95)}


@dataclass(slots=True)
class MoneyPlans:
    """The plans of one client, one after another: ``declaration`` is what the next one says."""

    dice: Random
    today: date
    number: int
    declaration: Declaration = field(default_factory=Declaration)
    paid: Mapping[str, date] = field(default_factory=dict)
    _count: int = 0

    @property
    def client(self) -> str:
        """The name of the client."""
        return f"client{self.number}"

    def begin(self) -> None:
        """Declare a client with an account, terms and, often, what he orders."""
        spec = {
            "email": f"billing@{self.client}.example",
            "name": f"Client {self.number}",
            "provider": _MAIN,
        }
        self._put(Item("Client", self.client, self.client, spec))
        currency = self.dice.choice(("EUR", "EUR", "USD", "RUB", "GBP"))
        credit = 10_000_000 if self.dice.random() < 0.95 else 5
        account = {"provider": _MAIN, "currency": currency, "creditLimit": credit}
        self._new("ClientAccount", account)
        if currency != "EUR" and self.dice.random() < 0.98:
            self._rate(currency, past=True)
        for add in (self._discount, self._tax, self._other_rate):
            for _ in range(self.dice.choice((0, 1, 1, 2))):
                add()
        if self.dice.random() < 0.7:
            self._order()

    def go_on(self) -> None:
        """Change some of what is declared."""
        ways = (
            *(self._order, self._order, self._renew, self._renew, self._extend, self._extend),
            *(self._discount, self._change_discount, self._drop, self._tax, self._change_tax),
            *(self._other_rate, self._suspend),
        )
        for _ in range(self.dice.choice((1, 1, 2, 3))):
            self.dice.choice(ways)()

    def _put(self, item: Item) -> None:
        self.declaration = self.declaration.having(item)

    def _new(self, kind: str, spec: dict[str, Any], **life: Any) -> None:
        self._count += 1
        name = f"{self.client}-{kind.lower()}-{self._count}"
        self._put(Item(kind, name, self.client, spec, life))

    def _day(self, low: int, high: int) -> str:
        return str(self.today + timedelta(days=self.dice.randint(low, high)))

    def _discount(self) -> None:
        spec: dict[str, Any] = {
            "percentage": float(self.dice.choice(_SHARES)),
            "type": self.dice.choice(
                ("Percentage discount", "Percentage discount", "Promotion discount")
            ),
            "appliesTo": self.dice.choice(_APPLIES),
        }
        if self.dice.random() < 0.4:
            spec["priority"] = self.dice.choice((-5, 0, 1, 10))
        if self.dice.random() < 0.4:
            spec["periods"] = sorted(self.dice.sample((1, 3, 6, 12, 24), 2))
        if self.dice.random() < 0.5:
            spec["from"] = self._day(-60, 5)
            if self.dice.random() < 0.5:
                spec["to"] = self._day(6, 90)
        self._new("Discount", spec, onRemove="delete")

    def _tax(self) -> None:
        taken = [str(each.spec.get("productTypes")) for each in self.declaration.of("TaxRule")]
        spec: dict[str, Any] = {
            "provider": _MAIN,
            "rate": self.dice.choice((0, 7, 19, 20, 22.5)),
        }
        if self.dice.random() < 0.6:
            spec["productTypes"] = [self.dice.choice(sorted(_PRODUCTS.values()))]
        if str(spec.get("productTypes")) not in taken:
            self._new("TaxRule", spec, onRemove="delete")

    def _rate(self, currency: str, *, past: bool) -> None:
        base, relate = ("EUR", currency) if self.dice.random() < 0.7 else (currency, "EUR")
        spec = {"base": base, "relate": relate, "date": self._day(-90, 0 if past else 30)}
        keys = ("base", "relate", "date")
        rates = [each.spec for each in self.declaration.of("CurrencyRate")]
        if any(all(each[key] == spec[key] for key in keys) for each in rates):
            return
        low, high = _WORTH[currency] if self.dice.random() < 0.95 else (5, 20_000)
        worth = Decimal(self.dice.randint(low, high)) / 100
        amount = self.dice.choice((1, 1, 1, 10, 100))
        rate = worth * amount if base == "EUR" else (amount / worth).quantize(Decimal("0.0001"))
        more = {"amount": amount} if amount > 1 else {}
        self._new("CurrencyRate", {**spec, "rate": float(rate), **more})

    def _other_rate(self) -> None:
        self._rate(self.dice.choice(("USD", "RUB", "GBP")), past=False)

    def _order(self) -> None:
        sort = self.dice.choice(sorted(_OF_SELLER))
        tariff = self.dice.choice(_OF_SELLER[sort])
        self._count += 1
        name = f"{self.client}-service-{self._count}"
        spec: dict[str, Any] = {
            "type": sort,
            "tariff": tariff,
            "domain": f"{name}.example",
            "periodMonths": self.dice.choice(_PERIODS),
            "payFrom": "balance" if self.dice.random() < 0.85 else "cart",
        }
        # No list shows what an add-on costs to a client who does not exist yet.
        exists = self._count > 0 and self.declaration.of("Service")
        if exists and self.dice.random() < 0.3:
            spec["addons"] = self._addons(tariff)
        ending = self.dice.choice(("keep", "delete", "suspend"))
        self._put(Item("Service", name, self.client, spec, {"onRemove": ending}))

    def _addons(self, tariff: str) -> dict[str, int]:
        name, low, high = _ADDONS[tariff]
        return {name: self.dice.randint(low, high)}

    def _one(self, kind: str) -> Item | None:
        found = self.declaration.of(kind)
        return self.dice.choice(found) if found else None

    def _renew(self) -> None:
        service = self._one("Service")
        if service is not None and service.name in self.paid:
            # A little beyond what is paid, so that one period suffices.
            day = self.paid[service.name] + timedelta(days=2)
            self._put(service.changed(paidThrough=str(day)))

    def _extend(self) -> None:
        service = self._one("Service")
        if service is not None:
            self._put(service.changed(addons=self._addons(str(service.spec["tariff"]))))

    def _change_discount(self) -> None:
        found = self._one("Discount")
        if found is not None:
            share = float(self.dice.choice(_SHARES))
            self._put(found.changed(percentage=share))

    def _change_tax(self) -> None:
        found = self._one("TaxRule")
        if found is not None:
            self._put(found.changed(rate=self.dice.choice((0, 7, 19, 20, 22.5))))

    def _drop(self) -> None:
        found = self._one(self.dice.choice(("Discount", "TaxRule", "Service")))
        if found is not None:
            self.declaration = self.declaration.without(found.address)

    def _suspend(self) -> None:
        found = self._one("Service")
        if found is not None:
            self._put(found.changed(suspended=not found.spec.get("suspended", False)))
