"""The rows of the panel that a declared resource means, and how it wants them; our own reading.

Written from the panel's tables and the manifests' documentation, not from the reconciler's code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.simulation.change_log import Key, Row, RowChange, query_panel

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.sandbox import Sandbox
    from tests.simulation.declaration import Declaration, Item

KINDS = {
    "account": "Client",
    "subaccount": "ClientAccount",
    "discount": "Discount",
    "taxrule": "TaxRule",
    "currencyrate": "CurrencyRate",
    "item": "Service",
}
HOMES = {kind: table for table, kind in KINDS.items()}
_TEXTS = {"name": "name", "phone": "try_phone", "label": "label", "note": "note"}
Tables = dict[str, dict[Key, Row]]


@dataclass(frozen=True, slots=True)
class Codes:
    """The ids of one install, by what manifests call them."""

    project: dict[str, str]
    currency: dict[str, str]
    product: dict[str, str]
    group: dict[str, str]
    tariff: dict[str, str]
    option: dict[tuple[str, str], str]
    addon: dict[tuple[str, str], str]


def read_codes(panel: Sandbox | str | Path) -> Codes:
    """Read the ids of an install."""

    def pairs(query: str) -> dict[Any, str]:
        return {name: str(key) for name, key in query_panel(panel, query)}

    options = query_panel(panel, "SELECT list, name, key FROM choice")
    addons = query_panel(
        panel, "SELECT l.name, a.name, a.id FROM addon a JOIN pricelist l ON l.id = a.pricelist"
    )
    return Codes(
        pairs("SELECT name, id FROM project"),
        pairs("SELECT iso, id FROM currency"),
        pairs("SELECT name, id FROM itemtype"),
        pairs("SELECT name, id FROM accountgroup"),
        pairs("SELECT name, id FROM pricelist"),
        {(where, name): key for where, name, key in options},
        {(tariff, name): str(key) for tariff, name, key in addons},
    )


def mark_in(row: Row) -> str:
    """Return the mark that a discount's or a service's row bears; an empty text for none."""
    if "remoteid" in row:
        return str(row["remoteid"] or "")
    note = str(row.get("note") or "").rstrip()
    return note[note.rindex("[git:") + 1 : -1] if note.endswith("]") and "[git:" in note else ""


def unmarked(note: str) -> str:
    """Return a note without the mark at its end."""
    mark = mark_in({"note": note})
    return note.rstrip().removesuffix(f"[{mark}]").rstrip() if mark else note.strip()


def is_live(table: str, row: Row) -> bool:
    """Tell whether a row stands for something; closed services linger."""
    return table != "item" or not str(row["status"]).startswith(("4", "5_close"))


def is_time(seen: RowChange) -> bool:
    """Return whether a change came about with time alone."""
    old, new = seen.old, seen.new
    return bool(
        seen.table == "item"
        and old
        and new
        and old["due"] is not None
        and new["due"] is None
        and new["status"] == old["due_status"]
    )


class Reading:
    """What declared resources mean on one install, as far as its rows are known."""

    def __init__(self, codes: Codes, tables: Tables) -> None:
        """Begin with the rows as they stand; the holder of ``tables`` keeps them up to date."""
        self.codes = codes
        self.tables = tables

    def account(self, email: str) -> int:
        """Return a client's id, 0 for none."""
        rows = self.tables["account"].values()
        return next((row["id"] for row in rows if row["email"].lower() == email.lower()), 0)

    def meant(self, declaration: Declaration, item: Item) -> list[Row]:
        """Return the live rows that a resource means: by mark, or else by identity."""
        table = HOMES[item.kind]
        owner = self._owner(declaration, item)
        rows = [
            row
            for row in self.tables[table].values()
            if is_live(table, row) and (not owner or row["account"] == owner)
        ]
        marked = [row for row in rows if _is_marked(item, row)]
        marked = marked or [row for row in rows if _was_marked(declaration, item, row)]
        return marked or [row for row in rows if self._is_alike(item, row)]

    def resource_of(self, declaration: Declaration, table: str, row: Row) -> Item | None:
        """Return the declared resource that a row stands for."""
        if table not in KINDS or not row:
            return None
        mine = [
            item
            for item in declaration.of(KINDS[table])
            if not (owner := self._owner(declaration, item)) or row["account"] == owner
        ]
        marked = [item for item in mine if _is_marked(item, row)]
        marked = marked or [item for item in mine if _was_marked(declaration, item, row)]
        alike = marked or [item for item in mine if self._is_alike(item, row)]
        return alike[0] if alike else None

    def _owner(self, declaration: Declaration, item: Item) -> int:
        """Return the client that a resource's row hangs on; 0 for a client, -1 for none yet."""
        if item.kind == "Client":
            return 0
        return self.account(declaration.email(item)) or -1

    def _is_alike(self, item: Item, row: Row) -> bool:
        wanted = self.identity(item)
        return bool(wanted) and not _bears(item, row) and _agrees(row, wanted)

    def identity(self, item: Item) -> dict[str, str]:
        """Return the columns by which a row without a mark is known; none means never."""
        spec, codes = item.spec, self.codes
        match item.kind:
            case "Client":
                return {"email": spec["email"]}
            case "ClientAccount":
                return {
                    "project": codes.project[spec["provider"]],
                    "currency": codes.currency[spec["currency"]],
                }
            case "TaxRule":
                products = spec.get("productTypes", "all")
                ids = [] if products == "all" else [codes.product[name] for name in products]
                return {
                    "project": codes.project[spec["provider"]],
                    "itemtype": ",".join(sorted(ids, key=int)),
                }
            case "CurrencyRate":
                return {
                    "currency_base": codes.currency[spec["base"]],
                    "currency_relate": codes.currency[spec["relate"]],
                    "ratedate": spec["date"],
                }
            case "Service":
                return {"domain": spec["domain"], "itemtype": spec["type"]}
            case _:
                wanted = self.wanted(item)
                known = {name: wanted[name] for name in _ADOPTED_BY if name in wanted}
                return known if len(known) == len(_ADOPTED_BY) else {}

    def wanted(self, item: Item) -> dict[str, str]:
        """Return the columns of its row that a resource sets and may change, and their texts."""
        spec, codes = item.spec, self.codes
        found: dict[str, str] = {}
        match item.kind:
            case "Client":
                return {_TEXTS[name]: str(spec[name]) for name in _TEXTS if name in spec}
            case "ClientAccount" if "creditLimit" in spec:
                found["creditlimit"] = str(spec["creditLimit"] * 100)
            case "Discount":
                found["percentage"] = f"{spec['percentage']:.2f}"
                found["type"] = codes.option["discount_type", spec["type"]]
                for name, column in (("from", "fromdate"), ("priority", "priority")):
                    found |= {column: str(spec[name])} if name in spec else {}
                if "appliesTo" in spec:
                    found["actiontype"] = codes.option["discount_action", spec["appliesTo"]]
                if "note" in spec:
                    found["note"] = f"{spec['note']} [{item.mark}]".strip()
            case "TaxRule":
                found["taxrate"] = f"{spec['rate']:.2f}"
            case "CurrencyRate":
                found["rate"] = f"{spec['rate']:.4f}"
            case "Service":
                found["domain"] = spec["domain"]
                if "autoRenewMonths" in spec:
                    found["autoprolong"] = str(spec["autoRenewMonths"] or "null")
            case _:
                pass
        return found

    def addons(self, item: Item) -> dict[str, str]:
        """Return the add-ons that a service sets, by their ids."""
        tariff = item.spec.get("tariff", "")
        values = item.spec.get("addons", {})
        return {self.codes.addon[tariff, name]: str(value) for name, value in values.items()}


_ADOPTED_BY = ("type", "actiontype", "fromdate")


def _agrees(row: Row, wanted: dict[str, str]) -> bool:
    return all(str(row[name]).lower() == text.lower() for name, text in wanted.items())


def _is_marked(item: Item, row: Row) -> bool:
    return item.kind in {"Discount", "Service"} and mark_in(row) == item.mark


def _was_marked(declaration: Declaration, item: Item, row: Row) -> bool:
    """Return whether a row carries the marker of a former name that no resource has now."""
    known = item.kind in {"Discount", "Service"} and mark_in(row) in item.former_marks
    return known and f"{item.kind}/{mark_in(row).split('/')[1]}" not in declaration.items


def _bears(item: Item, row: Row) -> bool:
    return item.kind in {"Discount", "Service"} and bool(mark_in(row))
