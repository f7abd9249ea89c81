"""The rules that one change of ours is held against, each with the promise that it stands for.

Invariant: every rule names what would make it hold; what no rule allows is a violation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.panel_rows import KINDS, is_live, mark_in, unmarked
from tests.simulation.row_history import changes

if TYPE_CHECKING:
    from collections import Counter

    from tests.simulation.change_log import Row, RowChange
    from tests.simulation.declaration import Item
    from tests.simulation.oracle import Run
    from tests.simulation.panel_rows import Reading
    from tests.simulation.row_history import RowHistory

Breach = tuple[str, str]
# What a request changes besides what it is about.
_ASIDE = {
    "account": {"state"},
    "subaccount": {"active", "balance"},
    "item": {"cents", "due", "due_status", "createdate"},
}


@dataclass(frozen=True, slots=True)
class JudgedChange:
    """One change of ours, in the run that made it, before it is laid down."""

    run: Run
    reading: Reading
    past: RowHistory
    seen: RowChange

    @property
    def item(self) -> Item | None:
        """The declared resource that the changed row stands for."""
        row, table = self.seen.old or self.seen.new or {}, self.seen.table
        declared = self.run.declaration
        owner = self.past.owner(table, self.seen.key)
        own = declared.items.get(owner.address) if owner and not mark_in(row) else None
        return own or self.reading.resource_of(declared, table, row)

    def is_anothers(self, item: Item, table: str, row: Row) -> bool:
        """Tell whether a row that only looks like a resource's is that of another declared one."""
        owner = self.past.owner(table, (row["id"],))
        names = {item.address, *(f"{item.kind}/{name}" for name in item.former)}
        theirs = owner is not None and owner.address not in names
        return theirs and owner is not None and owner.address in self.run.declaration.items

    def parent(self, table: str, key: int) -> Item | None:
        """Return the declared resource of the row that a side row hangs on."""
        row = self.reading.tables[table].get((key,))
        declared = self.run.declaration
        return self.reading.resource_of(declared, table, row) if row else None


def judge(case: JudgedChange) -> list[Breach]:
    """Hold one change of ours against what was declared."""
    seen = case.seen
    if seen.table == "member":
        return _member(case)
    if seen.table == "item_addon":
        return _addon(case)
    if seen.table not in KINDS:
        return []
    if seen.old is None:
        return _made(case)
    if seen.new is None or not is_live(seen.table, seen.new):
        return _removed(case) if is_live(seen.table, seen.old) else []
    return _changed(case, seen.old, seen.new)


def charged(case: JudgedChange, orders: Counter[str]) -> list[Breach]:
    """Hold one charge of ours against what was declared; ``orders`` counts those of each mark."""
    row = case.seen.new
    if case.seen.table != "ledger" or row is None:
        return []
    item = case.parent("item", row["item"])
    if item is None:
        return [("S1", f"{row['what']} charged for item {row['item']}, which is not declared")]
    live = case.reading.tables["item"][row["item"],]
    match row["what"]:
        case "order":
            orders[row["remoteid"]] += 1
            if orders[row["remoteid"]] > 1:
                return [("S1", f"{row['remoteid']} charged {orders[row['remoteid']]} times")]
            if item.spec.get("payFrom") != "balance":
                return [("S1", f"{item.address} charged, but it was to wait in the cart")]
        case "prolong":
            if live["expiredate"] >= item.spec.get("paidThrough", ""):
                return [("S1", f"{item.address} renewed beyond what was declared")]
        case "addon":
            if not _addons_left(case, item, row["item"]):
                return [("S1", f"{item.address}: add-ons charged that it had already")]
        case what:
            return [("S1", f"{what} charged, which nothing declares")]
    return []


def _made(case: JudgedChange) -> list[Breach]:
    table, new = case.seen.table, case.seen.new or {}
    item = case.reading.resource_of(case.run.declaration, table, new)
    if item is None:
        return [("S3", f"{table} {case.seen.key} was made, and nobody declares it")]
    meant = case.reading.meant(case.run.declaration, item)
    duplicates = [row for row in meant if not case.is_anothers(item, table, row)]
    if duplicates and not case.run.doubled:
        return [("S1", f"{item.address} was made again beside {table} {duplicates[0]['id']}")]
    wanted = case.reading.wanted(item)
    unlike = [name for name, text in wanted.items() if str(new[name]) != text]
    return [("S3", f"{item.address} was made otherwise: {unlike}")] if unlike else []


def _changed(case: JudgedChange, old: Row, new: Row) -> list[Breach]:
    table = case.seen.table
    columns = changes(old, new) - _ASIDE.get(table, set())
    item = case.item
    if not columns:
        return []
    if item is None:
        return _let_go(case, new, columns)
    if case.past.born(table, case.seen.key) == case.seen.asked:
        return []  # an order sets its own row going
    wanted = case.reading.wanted(item)
    found = []
    for name in sorted(columns):
        text = str(new[name])
        if not _is_wanted(case, item, name, wanted):
            why = "not declared" if name not in wanted else f"not {wanted[name]!r}"
            found.append(("S6", f"{item.address}: {name} set to {text!r}, {why}"))
    lost = case.past.unheeded(case.seen, columns, case.run.planned)
    found += [
        ("S6", f"{item.address}: {name} as a person had set it (request {number}) was overwritten")
        for name, number in lost.items()
        if case.run.planned
    ]
    return found


def _is_wanted(case: JudgedChange, item: Item, name: str, wanted: dict[str, str]) -> bool:
    old, new = case.seen.old or {}, case.seen.new or {}
    match name:
        case "note" if item.kind == "Discount" and "note" not in wanted:
            same = unmarked(str(old["note"])) == unmarked(str(new["note"]))
            return same and mark_in(new) == item.mark
        case "remoteid":
            return str(new[name]) == item.mark
        case "status":
            return (old[name], new[name], item.spec.get("suspended")) in {
                ("2", "3", True),
                ("3", "2", False),
            }
        case "expiredate":
            return str(old[name]) < str(item.spec.get("paidThrough", ""))
        case _:
            return wanted.get(name) == str(new[name])


def _let_go(case: JudgedChange, new: Row, columns: set[str]) -> list[Breach]:
    """Hold a change of what is declared no more against how it was to end."""
    table, key = case.seen.table, case.seen.key
    owner = case.past.owner(table, key)
    suspended = columns == {"status"} and new["status"] == "3"
    if owner is not None and owner.ending == "suspend" and suspended:
        return []
    text = f"{table} {key}: {sorted(columns)} changed, though nobody declares it"
    return [("S2", text)]


def _removed(case: JudgedChange) -> list[Breach]:
    table, key, old = case.seen.table, case.seen.key, case.seen.old or {}
    declared = case.run.declaration
    item = case.reading.resource_of(declared, table, old)
    meant = case.reading.meant(declared, item) if item is not None else []
    if item is not None and [row["id"] for row in meant] == [old["id"]]:
        return [("S2", f"{item.address} is declared, and its {table} {key} was deleted")]
    whole = case.past.whole(declared, case.reading, table, old)
    if not (whole or case.past.is_owned(table, key, old)):
        return [("S2", f"{table} {key} is not owned, and was deleted")]
    owner = case.past.owner(table, key)
    ending = owner.ending if owner else "delete"
    if ending != "delete":
        return [("S2", f"{table} {key} was deleted, and was to be left: {ending}")]
    lost = case.past.unheeded(case.seen, set(old), case.run.planned) if case.run.planned else {}
    return [("S6", f"{table} {key} was deleted after a person had changed {lost}")] if lost else []


def _member(case: JudgedChange) -> list[Breach]:
    row = case.seen.old or case.seen.new or {}
    item = case.parent("account", row["account"])
    if item is None or "groups" not in item.spec:
        return [("S6", f"a group of client {row['account']} was switched, and is not declared")]
    wanted = {case.reading.codes.group[name] for name in item.spec["groups"]}
    if (str(row["accountgroup"]) in wanted) is (case.seen.new is None):
        return [("S6", f"{item.address}: group {row['accountgroup']} switched the wrong way")]
    return []


def _addon(case: JudgedChange) -> list[Breach]:
    new = case.seen.new
    if new is None:
        return []
    item = case.parent("item", new["item"])
    if case.past.born("item", (new["item"],)) == case.seen.asked:
        return []  # an order keeps what its tariff includes
    wanted = case.reading.addons(item) if item else {}
    if wanted.get(str(new["addon"])) != str(new["value"]):
        return [("S6", f"item {new['item']}: add-on {new['addon']} set to {new['value']}")]
    return []


def _addons_left(case: JudgedChange, item: Item, number: int) -> bool:
    live = case.reading.tables["item_addon"]
    return any(
        str(live.get((number, int(addon)), {}).get("value")) != text
        for addon, text in case.reading.addons(item).items()
    )
