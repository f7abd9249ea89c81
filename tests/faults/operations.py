"""A believable project and the changes that are made to it, one for each sort of write."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]

EMAIL = "billing@acme.example"
NEWCOMER = "office@globex.example"
NAMESPACE = "test-project"
CART_DOMAIN = "acme-blog.example"


@dataclass(frozen=True, slots=True)
class Operation:
    """One change of the manifests: what it is called, the address that it changes, and how.

    ``func`` and ``given`` tell its request from others; ``charge`` is what the ledger calls it.
    """

    name: str
    address: str
    change: Callable[[Spec], None]
    func: str
    given: tuple[tuple[str, str], ...] = ()
    charge: str = ""

    @property
    def creates(self) -> bool:
        """Tell whether the operation makes a new object."""
        return "elid" in dict(self.given) and dict(self.given)["elid"] == ""

    @property
    def deletes(self) -> bool:
        """Tell whether the operation deletes an object."""
        return self.func.endswith(".delete")


def acme() -> Spec:
    """Return the client's manifest as it was when all was well."""
    return {
        "email": EMAIL,
        "name": "Acme GmbH",
        "provider": "Main provider",
        "phone": "+49 30 5550100",
        "groups": ["Partners"],
        "accounts": [_of("acme-eur", provider="Main provider", currency="EUR", creditLimit=5000)],
        "discounts": [_discount("acme-spring", 10), _discount("acme-autumn", 20, "Renewal")],
        "taxRules": [_of("acme-vat", provider="Main provider", productTypes="all", rate=19)],
        "services": [
            _service("acme-web", "vhost", "Web Start", autoRenewMonths=1),
            _service("acme-cloud", "vds", "Cloud S", addons={"Memory, GB": 1}),
            _service("acme-old", "vhost", "Web Pro"),
            _service("acme-idle", "vhost", "Web Start"),
        ],
    }


def _of(name: str, **fields: Any) -> Spec:
    return {"name": name, **fields}


def _discount(name: str, percentage: int, applies_to: str = "Order") -> Spec:
    return _of(
        name,
        percentage=percentage,
        type="Percentage discount",
        appliesTo=applies_to,
        note="agreed by phone",
        **{"from": "2026-01-01"},
    )


def _service(name: str, sort: str, tariff: str, **fields: Any) -> Spec:
    domain = f"{name}.example"
    base: Spec = {"type": sort, "tariff": tariff, "domain": domain, "payFrom": "balance"}
    return {"name": name, "lifecycle": {"onRemove": "delete"}, **base, **fields}


def _find(spec: Spec, name: str) -> Spec:
    lists = [items for items in spec.values() if isinstance(items, list)]
    found: Spec = next(
        item for items in lists for item in items if isinstance(item, dict) and item["name"] == name
    )
    return found


def _update_client(spec: Spec) -> None:
    spec |= {"phone": "+49 30 5550199", "groups": ["Agencies"]}


def _add(key: str, item: Spec) -> Callable[[Spec], None]:
    def change(spec: Spec) -> None:
        spec.setdefault(key, []).append(deepcopy(item))

    return change


def _edit(name: str, **fields: Any) -> Callable[[Spec], None]:
    def change(spec: Spec) -> None:
        _find(spec, name).update(fields)

    return change


def _drop(key: str, name: str) -> Callable[[Spec], None]:
    def change(spec: Spec) -> None:
        spec[key] = [item for item in spec[key] if item["name"] != name]

    return change


def _newcomer(spec: Spec) -> None:
    spec["newcomer"] = {"email": NEWCOMER, "name": "Globex", "provider": "Main provider"}


def _adopt(spec: Spec) -> None:
    spec["adopted"] = {"note": "ours from now on"}


_NEW: tuple[tuple[str, str], ...] = (("sok", "ok"), ("elid", ""))
_OLD: tuple[tuple[str, str], ...] = (("sok", "ok"), ("elid", "[1-9]*"))
_PAYS = ("skipbasket", "on")
_SHOP = _service("acme-shop", "vhost", "Web Start")
_CART = {**_service("acme-blog", "vhost", "Web Pro"), "payFrom": "cart"}
_WINTER = _discount("acme-winter", 5, "Order and renewal")
_RATE = {"base": "EUR", "relate": "USD", "date": "2027-01-01", "rate": 1.25}
_RULE = {"provider": "Main provider", "productTypes": ["VPS"], "rate": 7}
_USD = {"provider": "Main provider", "currency": "USD", "creditLimit": 50, "active": False}

OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("client", "Client/globex", _newcomer, "account.edit", _NEW),
        Operation("edit", "Client/acme", _update_client, "account.edit", _OLD),
        Operation("account", "ClientAccount/usd", _add("accounts", _of("usd", **_USD)),
             "subaccount.edit", _NEW),
        Operation("discount", "Discount/acme-winter", _add("discounts", _WINTER),
             "account.discount.edit", _NEW),
        Operation("terms", "Discount/acme-spring", _edit("acme-spring", percentage=12),
             "account.discount.edit", _OLD),
        Operation("end", "Discount/acme-autumn", _drop("discounts", "acme-autumn"),
             "account.discount.delete"),
        Operation("tax", "TaxRule/acme-vps", _add("taxRules", _of("acme-vps", **_RULE)),
             "account.taxrule.edit", _NEW),
        Operation("rate", "CurrencyRate/eur-usd", _add("currencyRates", _of("eur-usd", **_RATE)),
             "account.currencyrate.edit", _NEW),
        Operation("cart", "Service/acme-blog", _add("services", _CART),
             "vhost.order.param", (*_NEW, ("domain", "acme-blog*"))),
        Operation("order", "Service/acme-shop", _add("services", _SHOP),
             "vhost.order.param", (*_NEW, _PAYS), "order"),
        Operation("renewal", "Service/acme-web", _edit("acme-web", paidThrough="2027-01-10"),
             "service.prolong", (*_OLD, _PAYS), "prolong"),
        Operation("paid", "Service/acme-cloud", _edit("acme-cloud", addons={"Memory, GB": 4}),
             "vds.edit", (*_OLD, _PAYS), "addon"),
        Operation("suspend", "Service/acme-idle", _edit("acme-idle", suspended=True),
             "vhost.suspend"),
        Operation("close", "Service/acme-old", _drop("services", "acme-old"), "vhost.delete"),
        Operation("adopt", "Client/neighbour", _adopt, "account.edit", _OLD),
    )
}  # fmt: skip


_LISTS = {
    "accounts": "ClientAccount",
    "discounts": "Discount",
    "taxRules": "TaxRule",
    "currencyRates": "CurrencyRate",
    "services": "Service",
}


def manifests(operations: tuple[str, ...], neighbour: str) -> list[Spec]:
    """Return the project's documents after some operations; ``neighbour`` may be adopted by email.

    What a client has stands in documents of its own, so that no list claims to be the whole.
    """
    spec = acme()
    for name in operations:
        OPERATIONS[name].change(spec)
    clients = {"acme": spec}
    if "newcomer" in spec:
        clients["globex"] = spec.pop("newcomer")
    if "adopted" in spec:
        clients["neighbour"] = {"email": neighbour, **spec.pop("adopted")}
    children = [
        _document(kind, item, {"client": "acme"})
        for key, kind in _LISTS.items()
        for item in spec.pop(key, [])
    ]
    return [
        *(_document("Client", {"name": n, "spec": s}, {}) for n, s in clients.items()),
        *children,
    ]


def _document(kind: str, item: Spec, more: Spec) -> Spec:
    life = {"lifecycle": item["lifecycle"]} if "lifecycle" in item else {}
    own = {key: each for key, each in item.items() if key not in {"name", "lifecycle"}}
    return {
        "apiVersion": "reconciler/v1",
        "kind": kind,
        "metadata": {"name": item["name"]},
        **life,
        "spec": more | item.get("spec", own),
    }
