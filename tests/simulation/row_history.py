"""What the oracle remembers of each row's life: who made it, whose it is, who touched it when."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation.declaration import NAMESPACE
from tests.simulation.panel_rows import KINDS, mark_in

if TYPE_CHECKING:
    from tests.simulation.change_log import Key, Request, Row, RowChange
    from tests.simulation.declaration import Declaration, Item
    from tests.simulation.panel_rows import Reading

_FORMS = {
    "account": "account.edit",
    "subaccount": "subaccount.edit",
    "discount": "account.discount.edit",
    "taxrule": "account.taxrule.edit",
    "currencyrate": "account.currencyrate.edit",
    "member": "account.group",
}
# The columns of a service that its list alone shows.
_LISTED = frozenset({"status", "expiredate"})


@dataclass(slots=True)
class RowLife:
    """One row from its making to its end; ids are given out again, and each life is its own."""

    made_by_us: bool = False
    owner: Item | None = None
    known: bool = False
    by_people: dict[str, int] = field(default_factory=dict)


class RowHistory:
    """The lives of all rows, and when we last looked at each."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._lives: defaultdict[tuple[str, Key], RowLife] = defaultdict(RowLife)
        self._looks: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._born: dict[tuple[str, Key], int] = {}

    def hear(self, request: Request, *, ours: bool) -> None:
        """Hear of a request, in order."""
        if ours and "sok" not in request.params:
            self._looks[request.func, request.params.get("elid", "")].append(request.number)

    def note(self, seen: RowChange, *, ours: bool, owner: Item | None) -> None:
        """Note a change, in order; ``owner`` is the resource that we made the row for."""
        place = seen.table, seen.key
        if seen.new is None:
            self._lives.pop(place, None)
            return
        if seen.old is None:
            self._lives[place] = RowLife(ours, owner if ours else None)
            self._born[place] = seen.asked
        if not ours:
            changed = seen.new if seen.old is None else changes(seen.old, seen.new)
            self._lives[place].by_people |= dict.fromkeys(changed, seen.asked)

    def claim(self, table: str, key: Key, item: Item) -> None:
        """Let a row belong to the project from now on, by the resource that means it."""
        self._lives[table, key].owner = item

    def know(self, table: str, key: Key) -> None:
        """Hear that a run ended well with this row as declared."""
        self._lives[table, key].known = True

    def is_known(self, table: str, key: Key) -> bool:
        """Tell whether a run has ever ended well with this row as declared."""
        return self._lives[table, key].known

    def is_ours(self, table: str, key: Key) -> bool:
        """Tell whether we made a row."""
        return self._lives[table, key].made_by_us

    def born(self, table: str, key: Key) -> int:
        """Return the request that made a row, 0 for one that was there before all."""
        return self._born.get((table, key), 0)

    def owner(self, table: str, key: Key) -> Item | None:
        """Return the resource that last meant a row, None for a row that is not the project's."""
        return self._lives[table, key].owner

    def is_owned(self, table: str, key: Key, row: Row) -> bool:
        """Tell whether a row is the project's: made for it, taken over by it, or marked so."""
        marked = mark_in(row).startswith(f"git:{NAMESPACE}/")
        return marked or self.owner(table, key) is not None

    def unheeded(self, seen: RowChange, columns: set[str], planned: int) -> dict[str, int]:
        """Return what people changed of a row after a plan and before we looked a last time."""
        row = seen.old or seen.new or {}
        last = self._last_look(seen.table, row, seen.asked)
        # What no form shows was seen in the list that was read before the form.
        listed = self._last(str(row.get("itemtype", "")), "", last) if seen.table == "item" else 0
        touched = self._lives[seen.table, seen.key].by_people
        return {
            name: number
            for name, number in touched.items()
            if name in columns and planned < number < (listed if name in _LISTED else last)
        }

    def _last_look(self, table: str, row: Row, before: int) -> int:
        func = f"{row['itemtype']}.edit" if table == "item" else _FORMS.get(table, "")
        key = str(row.get("account") if table == "member" else row.get("idname", row.get("id")))
        return self._last(func, key, before)

    def _last(self, func: str, key: str, before: int) -> int:
        looks = self._looks[func, key]
        place = bisect_left(looks, before)
        return looks[place - 1] if place else 0

    @staticmethod
    def whole(declaration: Declaration, reading: Reading, table: str, row: Row) -> bool:
        """Tell whether a row stands in a list that is declared to be the whole."""
        return any(
            kind == KINDS.get(table)
            and f"Client/{client}" in declaration.items
            and reading.account(str(declaration.items[f"Client/{client}"].spec["email"]))
            == row["account"]
            for client, kind in declaration.whole
        )


def changes(old: Row, new: Row) -> set[str]:
    """Return the columns in which two states of a row differ."""
    return {name for name in new if old.get(name) != new[name]}
