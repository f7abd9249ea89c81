"""The author of the manifests: what changes in Git from one run to the next, drawn from dice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.simulation.declared import Item
from tests.simulation.drafting import CHILDREN, GROUPS, MAIN, TARIFFS, new_child, new_client
from tests.simulation.panel_rows import HOMES, mark_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.drafting import Desk


def _any_client(desk: Desk) -> str:
    clients = [c for c in desk.declaration.of("Client") if c.spec.get("provider")]
    return desk.dice.choice(clients).name


def _add(desk: Desk) -> str:
    item = new_child(desk, _any_client(desk))
    desk.declaration = desk.declaration.having(item)
    return f"declares {item.address} {dict(item.spec)} {dict(item.life)}"


def _add_client(desk: Desk) -> str:
    items = new_client(desk)
    desk.declaration = desk.declaration.having(*items)
    return f"declares {items[0].address}"


def _adopt_client(desk: Desk) -> str:
    known = {item.spec["email"] for item in desk.declaration.of("Client")}
    free = [email for email in desk.strangers if email not in known]
    if not free:
        return ""
    name = desk.name("adopted")
    item = Item("Client", name, name, {"email": desk.dice.choice(free), "label": "ours too"})
    desk.declaration = desk.declaration.having(item, new_child(desk, name, "Discount"))
    return f"declares {item.address}, {item.spec['email']}, and a discount"


def _adopt(desk: Desk) -> str:
    """Declare what a person made for one of our clients."""
    found = _unmeant(desk)
    if not found:
        return ""
    item = desk.dice.choice(found)
    desk.declaration = desk.declaration.having(item)
    return f"adopts {item.address} {dict(item.spec)}"


def _unmeant(desk: Desk) -> list[Item]:
    reading, declared = desk.reading, desk.declaration
    clients = {reading.account(c.spec["email"]): c.name for c in declared.of("Client")}
    found = []
    for kind in ("TaxRule", "Service"):
        for row in reading.tables[HOMES[kind]].values():
            name = clients.get(row["account"])
            if name is None or mark_in(row) or reading.resource_of(declared, HOMES[kind], row):
                continue
            spec = _described(desk, kind, row)
            if spec and row.get("status") not in {"4", "5_close"}:
                found.append(Item(kind, f"adopted-{HOMES[kind]}-{row['id']}", name, spec))
    return found


def _described(desk: Desk, kind: str, row: dict[str, Any]) -> dict[str, Any]:
    names = {key: name for name, key in desk.reading.codes.product.items()}
    if kind == "TaxRule":
        if "," in row["itemtype"] or not row["itemtype"]:
            return {}
        products = [names[row["itemtype"]]]
        return {"provider": MAIN, "productTypes": products, "rate": desk.dice.randrange(30)}
    tariffs = {key: name for name, key in desk.reading.codes.tariff.items()}
    if row["itemtype"] not in TARIFFS:
        return {}
    return {
        "type": row["itemtype"],
        "tariff": tariffs[str(row["pricelist"])],
        "domain": row["domain"],
        "payFrom": "balance",
        "autoRenewMonths": 3,
    }


def _change(desk: Desk) -> str:
    item = desk.dice.choice(desk.declaration.of(*HOMES))
    dice = desk.dice
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
    desk.declaration = desk.declaration.having(item)
    return f"changes {item.address} to {dict(item.spec)}"


def _remove(desk: Desk) -> str:
    items = desk.declaration.of(*CHILDREN)
    if not items:
        return ""
    item = desk.dice.choice(items)
    desk.declaration = desk.declaration.without(item.address)
    return f"removes {item.address} (onRemove: {item.ending})"


def _rename(desk: Desk) -> str:
    items = desk.declaration.of(*CHILDREN)
    if not items:
        return ""
    item = desk.dice.choice(items)
    former = [*item.former, item.name]
    renamed = replace(item, name=desk.name("renamed"), life={**item.life, "movedFrom": former})
    desk.declaration = desk.declaration.without(item.address).having(renamed)
    return f"renames {item.address} to {renamed.name}"


def _service(desk: Desk, *, sort: str = "") -> Item | None:
    items = [
        item
        for item in desk.declaration.of("Service")
        if item.spec["payFrom"] == "balance" and sort in {"", item.spec["type"]}
    ]
    return desk.dice.choice(items) if items else None


def _renew(desk: Desk) -> str:
    item = _service(desk)
    if item is None:
        return ""
    now = item.spec.get("paidThrough", "2026-12-25")
    month = int(now[:4]) * 12 + int(now[5:7]) - 1 + desk.dice.choice((1, 2))
    item = item.changed(paidThrough=f"{month // 12}-{month % 12 + 1:02d}-15")
    desk.declaration = desk.declaration.having(item)
    return f"pays {item.address} through {item.spec['paidThrough']}"


def _addons(desk: Desk) -> str:
    item = _service(desk, sort="vds")
    if item is None:
        return ""
    item = item.changed(addons={"Memory, GB": desk.dice.randrange(4, 16)})
    desk.declaration = desk.declaration.having(item)
    return f"gives {item.address} {item.spec['addons']}"


def _suspend(desk: Desk) -> str:
    item = _service(desk)
    if item is None:
        return ""
    item = item.changed(suspended=not item.spec.get("suspended", False))
    desk.declaration = desk.declaration.having(item)
    return f"sets suspended of {item.address} to {item.spec['suspended']}"


def _end(desk: Desk) -> str:
    """Change how a resource is to end, or protect it."""
    item = desk.dice.choice(desk.declaration.of(*CHILDREN, "ClientAccount"))
    life = {"protect": True} if desk.dice.random() < 0.2 else {"onRemove": "keep"}
    former = {"movedFrom": list(item.former)} if item.former else {}
    desk.declaration = desk.declaration.having(replace(item, life={**former, **life}))
    return f"lets {item.address} end by {life}"


EDITS: dict[str, Callable[[Desk], str]] = {
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
