"""The person who is asked: what the reconciler says only a human can know, answered truthfully.

Each answer is one that the command or its messages name; it is counted by its name. What is true
is looked up in the panel, never in what the project believes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from tests.simulation.change_log import query_panel
from tests.simulation.panel_rows import HOMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.journal import OpenIntent
    from reconciler.model.plan import Change
    from tests.simulation.declaration import Declaration, Item
    from tests.simulation.panel_rows import Reading
    from tests.simulation.panel_users import PanelUsers
    from tests.simulation.project import RunResult, SimulatedProject

    _Answer = Callable[["Operator", Change, re.Match[str]], str]

_FORMS = {
    "Discount": "account.discount",
    "TaxRule": "account.taxrule",
    "CurrencyRate": "account.currencyrate",
}
_OTHERS_MARK = "matches, but carries the marker"


@dataclass(slots=True)
class Operator:
    """Somebody with the panel before them, the manifests at hand, and the command line.

    ``dropped`` are the resources that were declared once and are not any more.
    """

    world: SimulatedProject
    users: PanelUsers
    reading: Reading
    declaration: Declaration
    dropped: dict[str, Item]

    def answer(self, ran: RunResult) -> list[str]:
        """Answer everything that a run asked; return the names of the answers."""
        reported = [
            self._settle(item) for item in self.world.journal.open_intents() if item.doubtful
        ]
        given = set()
        asked = [(each.change, each.message or each.change.reason) for each in ran.outcomes]
        for change, text in sorted(asked, key=lambda each: _OTHERS_MARK not in each[1]):
            if change.id in given:
                continue
            for pattern, action in self._ANSWERS:
                found = re.search(pattern, text)
                if found:
                    reported.append(action(self, change, found))
                    # Whose mark was taken off is another's now, and not declared again as well.
                    given |= {found[1]} if action is Operator._unmark else set()
                    break
        return [text for text in reported if text]

    def _settle(self, item: OpenIntent) -> str:
        """Say what became of a charge: paid in the cart, linked, or never there."""
        intent = item.intent
        service = intent.element
        if not service:
            query = "SELECT id FROM item WHERE remoteid = ? AND status NOT IN ('4', '5_close')"
            found = query_panel(self.world.panel, query, intent.marker)
            service = str(found[0][0]) if found else ""
        if service and self._pay(service):
            return "pays the cart"
        result = "verified" if service and not intent.element else "absent"
        self.world.journal.conclude([item.number], result, "a person says so", service)
        return "--link" if result == "verified" else "--none-exists"

    def _pay(self, service: str) -> bool:
        query = "SELECT a.email FROM basket b JOIN account a ON a.id = b.account WHERE b.item = ?"
        found = query_panel(self.world.panel, query, service)
        return bool(found) and bool(self.users.call("basket.pay", su=found[0][0]))

    def _pay_for(self, change: Change, _: re.Match[str]) -> str:
        item = self.declaration.items.get(str(change.address))
        rows = self.reading.meant(self.declaration, item) if item else []
        return "pays the cart" if rows and self._pay(str(rows[0]["id"])) else ""

    def _raise_generation(self, change: Change, _: re.Match[str]) -> str:
        item = self.declaration.items[str(change.address)]
        item = item.changed(generation=item.spec.get("generation", 1) + 1)
        self.declaration = self.declaration.having(item)
        return "raises the generation"

    def _say_what_it_was(self, change: Change, found: re.Match[str]) -> str:
        """Add a former name to the resource that asks for it."""
        address = found[2] if found.re.groups > 1 else str(change.address)
        item = self.declaration.items.get(address)
        if item is None or found[1] in item.former:
            return ""
        life = {**item.life, "movedFrom": [*item.former, found[1]]}
        self.declaration = self.declaration.having(replace(item, life=life))
        return f"says that {address} was {found[1]}"

    def _unmark(self, change: Change, found: re.Match[str]) -> str:
        """Take the mark of another resource off an object that is this one."""
        key = found[1]
        if change.address.kind == "Service":
            sort = query_panel(self.world.panel, "SELECT itemtype FROM item WHERE id = ?", key)[0][
                0
            ]
            done = self.users.call(f"{sort}.edit", elid=key, sok="ok", remoteid="")
        else:
            done = self._note(key, "")
        return "removes a mark" if done else ""

    def _put_back(self, _: Change, found: re.Match[str]) -> str:
        return "puts a mark back" if self._note(found[1], f"[{found[2]}]") else ""

    def _note(self, key: str, note: str) -> str:
        query = "SELECT account FROM discount WHERE idname = ?"
        for (account,) in query_panel(self.world.panel, query, key):
            edit = self.users.call
            return edit("account.discount.edit", plid=account, elid=key, sok="ok", note=note)
        return ""

    def _remove_duplicates(self, change: Change, found: re.Match[str]) -> str:
        keys = sorted(found[1].split(", "), key=int)
        done = [self._remove(change.address.kind, key) for key in keys[1:]]
        return "removes duplicates" if any(done) else ""

    def _remove_it(self, change: Change, _: re.Match[str]) -> str:
        done = change.id and self._remove(change.address.kind, change.id)
        return "removes duplicates" if done else ""

    def _remove(self, kind: str, key: str) -> str:
        known_by = "idname" if kind == "Discount" else "id"
        query = f"SELECT * FROM {HOMES[kind]} WHERE {known_by} = ?"  # noqa: S608 - names of ours
        columns = [
            row[1] for row in query_panel(self.world.panel, f"PRAGMA table_info({HOMES[kind]})")
        ]
        for values in query_panel(self.world.panel, query, key):
            row = dict(zip(columns, values, strict=True))
            if kind == "Service":
                return self.users.call(f"{row['itemtype']}.delete", elid=key)
            return self.users.call(f"{_FORMS[kind]}.delete", plid=row["account"], elid=key)
        return ""

    def _declare_again(self, change: Change, _: re.Match[str]) -> str:
        item = self.dropped.get(str(change.address))
        if item is None:
            return ""
        self.declaration = self.declaration.having(item)
        return "declares it again"

    def _declare_once(self, change: Change, _: re.Match[str]) -> str:
        self.declaration = self.declaration.without(str(change.address))
        return "declares it once"

    def _take_live(self, change: Change, found: re.Match[str]) -> str:
        item = self.declaration.items[str(change.address)]
        fields = dict.fromkeys(found[1].split(", "))
        self.declaration = self.declaration.having(item.changed(**fields))
        return "takes the live value"

    def _drop_from_cart(self, change: Change, _: re.Match[str]) -> str:
        query = "SELECT id FROM basket WHERE item = ?"
        rows = query_panel(self.world.panel, query, change.id)
        query = "SELECT a.email FROM item i JOIN account a ON a.id = i.account WHERE i.id = ?"
        for (key,), (email,) in zip(
            rows, query_panel(self.world.panel, query, change.id), strict=False
        ):
            self.users.call("basket.delete", su=email, elid=key)
        return "removes it from the cart"

    def _wait(self, _: Change, __: re.Match[str]) -> str:
        self.world.clock.seconds += 200
        return "waits"

    _ANSWERS: ClassVar[tuple[tuple[str, _Answer], ...]] = (
        (r"increase `generation`", _raise_generation),
        (rf"object (\d+) {_OTHERS_MARK}", _unmark),
        (r"add `lifecycle: \{movedFrom: ([\w.-]+)\}` to (\w+/[\w.-]+)", _say_what_it_was),
        (r"add `lifecycle: \{movedFrom: ([\w.-]+)\}`", _say_what_it_was),
        (r"cannot move to", _declare_once),
        (r"several objects carry the marker of this resource\D*([\d, ]+)", _remove_duplicates),
        (r"object (\d+) was this resource, but lost its marker: restore \[(\S+)\]", _put_back),
        (r"several objects match this resource \(ids ([\d, ]+)\)", _remove_duplicates),
        (r"another object carries the marker", _remove_it),
        (r"not deleted: the object lost its marker", _remove_it),
        (r"protected \(lifecycle\)", _declare_again),
        (r"cannot delete objects of this kind", _declare_again),
        (r"(\w+(?:, \w+)*) cannot change after creation", _take_live),
        (r"remove it from the cart", _drop_from_cart),
        (r"this is the same object as", _declare_once),
        (
            r"is deleting the object|is still closing the service|is still processing the service",
            _wait,
        ),
        (r"waits in the cart|in the cart until", _pay_for),
    )
