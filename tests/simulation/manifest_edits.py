"""The author of the manifests: what changes in Git from one run to the next, drawn from dice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.simulation.declaration import Item
from tests.simulation.new_resources import CHILDREN, GROUPS, MAIN, TARIFFS, new_child, new_client
from tests.simulation.panel_rows import HOMES, mark_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.new_resources import ManifestAuthor


def _any_client(author: ManifestAuthor) -> str:
    clients = [c for c in author.declaration.of("Client") if c.spec.get("provider")]
    return author.dice.choice(clients).name


def _add(author: ManifestAuthor) -> str:
    item = new_child(author, _any_client(author))
    author.declaration = author.declaration.having(item)
    return f"declares {item.address} {dict(item.spec)} {dict(item.life)}"


def _add_client(author: ManifestAuthor) -> str:
    items = new_client(author)
    author.declaration = author.declaration.having(*items)
    return f"declares {items[0].address}"


def _adopt_client(author: ManifestAuthor) -> str:
    known = {item.spec["email"] for item in author.declaration.of("Client")}
    free = [email for email in author.other_clients if email not in known]
    if not free:
        return ""
    name = author.name("adopted")
    item = Item("Client", name, name, {"email": author.dice.choice(free), "label": "ours too"})
    author.declaration = author.declaration.having(item, new_child(author, name, "Discount"))
    return f"declares {item.address}, {item.spec['email']}, and a discount"


def _adopt(author: ManifestAuthor) -> str:
    """Declare what a person made for one of our clients."""
    found = _unmeant(author)
    if not found:
        return ""
    item = author.dice.choice(found)
    author.declaration = author.declaration.having(item)
    return f"adopts {item.address} {dict(item.spec)}"


def _unmeant(author: ManifestAuthor) -> list[Item]:
    reading, declared = author.reading, author.declaration
    clients = {reading.account(c.spec["email"]): c.name for c in declared.of("Client")}
    found = []
    for kind in ("TaxRule", "Service"):
        for row in reading.tables[HOMES[kind]].values():
            name = clients.get(row["account"])
            if name is None or mark_in(row) or reading.resource_of(declared, HOMES[kind], row):
                continue
            spec = _described(author, kind, row)
            if spec and row.get("status") not in {"4", "5_close"}:
                found.append(Item(kind, f"adopted-{HOMES[kind]}-{row['id']}", name, spec))
    return found


def _described(author: ManifestAuthor, kind: str, row: dict[str, Any]) -> dict[str, Any]:
    names = {key: name for name, key in author.reading.codes.product.items()}
    if kind == "TaxRule":
        if "," in row["itemtype"] or not row["itemtype"]:
            return {}
        products = [names[row["itemtype"]]]
        return {"provider": MAIN, "productTypes": products, "rate": author.dice.randrange(30)}
    tariffs = {key: name for name, key in author.reading.codes.tariff.items()}
    if row["itemtype"] not in TARIFFS:
        return {}
    return {
        "type": row["itemtype"],
        "tariff": tariffs[str(row["pricelist"])],
        "domain": row["domain"],
        "payFrom": "balance",
        "autoRenewMonths": 3,
    }


def _change(author: ManifestAuthor) -> str:
    item = author.dice.choice(author.declaration.of(*HOMES))
    dice = author.dice
    match item.kind:
        case "Client":
            item = item.changed(label=f"label {dice.randrange(99)}", groups=[dice.choice(GROUPS)])
        case "ClientAccount":
            item = item.changed(creditLimit=dice.randrange(4000, 9000))
        case "Discount":
            note = dice.choice((None, "agreed", f"agreed {dice.randrange(9)}"))
            item = item.changed(percentage=dice.randrange(1, 60), note=note)
        case "TaxRule" | "CurrencyRate":
            item = item.changed(rate=dice.randrange(1, 30))
        case _:
            item = item.changed(autoRenewMonths=dice.choice((1, 3, 6)))
    author.declaration = author.declaration.having(item)
    return f"changes {item.address} to {dict(item.spec)}"


def _remove(author: ManifestAuthor) -> str:
    items = author.declaration.of(*CHILDREN)
    if not items:
        return ""
    item = author.dice.choice(items)
    author.declaration = author.declaration.without(item.address)
    return f"removes {item.address} (onRemove: {item.ending})"


def _rename(author: ManifestAuthor) -> str:
    items = author.declaration.of(*CHILDREN)
    if not items:
        return ""
    item = author.dice.choice(items)
    former = [*item.former, item.name]
    renamed = replace(item, name=author.name("renamed"), life={**item.life, "movedFrom": former})
    author.declaration = author.declaration.without(item.address).having(renamed)
    return f"renames {item.address} to {renamed.name}"


def _service(author: ManifestAuthor, *, sort: str = "") -> Item | None:
    items = [
        item
        for item in author.declaration.of("Service")
        if item.spec["payFrom"] == "balance" and sort in {"", item.spec["type"]}
    ]
    return author.dice.choice(items) if items else None


def _renew(author: ManifestAuthor) -> str:
    item = _service(author)
    if item is None:
        return ""
    now = item.spec.get("paidThrough", "2026-12-25")
    month = int(now[:4]) * 12 + int(now[5:7]) - 1 + author.dice.choice((1, 2))
    item = item.changed(paidThrough=f"{month // 12}-{month % 12 + 1:02d}-15")
    author.declaration = author.declaration.having(item)
    return f"pays {item.address} through {item.spec['paidThrough']}"


def _addons(author: ManifestAuthor) -> str:
    item = _service(author, sort="vds")
    if item is None:
        return ""
    item = item.changed(addons={"Memory, GB": author.dice.randrange(4, 16)})
    author.declaration = author.declaration.having(item)
    return f"gives {item.address} {item.spec['addons']}"


def _suspend(author: ManifestAuthor) -> str:
    item = _service(author)
    if item is None:
        return ""
    item = item.changed(suspended=not item.spec.get("suspended", False))
    author.declaration = author.declaration.having(item)
    return f"sets suspended of {item.address} to {item.spec['suspended']}"


def _end(author: ManifestAuthor) -> str:
    """Change how a resource is to end, or protect it."""
    item = author.dice.choice(author.declaration.of(*CHILDREN, "ClientAccount"))
    life = {"protect": True} if author.dice.random() < 0.2 else {"onRemove": "keep"}
    former = {"movedFrom": list(item.former)} if item.former else {}
    author.declaration = author.declaration.having(replace(item, life={**former, **life}))
    return f"lets {item.address} end by {life}"


EDITS: dict[str, Callable[[ManifestAuthor], str]] = {
    "add": _add,
    "add another": _add,
    "add a client": _add_client,
    "adopt a client": _adopt_client,
    "adopt": _adopt,
    "change": _change,
    "change another": _change,
    "remove": _remove,
    "rename": _rename,
    "renew": _renew,
    "add-ons": _addons,
    "suspend": _suspend,
    "end": _end,
}
