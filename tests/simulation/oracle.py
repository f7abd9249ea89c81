"""The oracle: what a run did to the panel, judged by the panel's ledger, audit and rows alone.

It gets what was declared and how the run said that it ended. It never sees the project's own
journal or inventory, and shares no line with the reconciler.
"""

from __future__ import annotations

from collections import Counter
from copy import copy, deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.sandbox import ADMIN
from tests.simulation.change_log import asked_since, rows, seen_since
from tests.simulation.change_rules import JudgedChange, charged, judge
from tests.simulation.panel_rows import HOMES, KINDS, Reading, is_live, is_time, mark_in
from tests.simulation.row_history import RowHistory

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.sandbox import Sandbox
    from tests.simulation.change_log import Row, RowChange
    from tests.simulation.declaration import Declaration, Item
    from tests.simulation.panel_rows import Codes


@dataclass(frozen=True, slots=True)
class Run:
    """What the oracle knows of one run.

    ``planned`` is the last request before the apply began, 0 when it never did. ``code`` is the
    exit code, None for a run that was killed. ``reported`` and ``changes`` are the numbers of
    outcomes and of the plan's changes. ``disturbed``: somebody moved the panel while the run
    looked, or a fault misled the run, so that its end need not be the panel's state.
    ``doubled``: a fault may have delivered a request twice, or long after. ``idle``: the run
    before ended with 0, and nothing has happened since.
    """

    declaration: Declaration
    planned: int
    code: int | None
    reported: int = 0
    changes: int = 0
    disturbed: bool = False
    doubled: bool = False
    idle: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken, and how; ``asked`` is the request of the audit, 0 for none."""

    promise: str
    message: str
    asked: int = 0

    def __str__(self) -> str:
        """Name the promise first."""
        place = f" (request {self.asked})" if self.asked else ""
        return f"{self.promise}: {self.message}{place}"


class Oracle:
    """Follows one panel from now on; ``watch`` is called after each run."""

    def __init__(self, panel: Sandbox | str | Path, codes: Codes) -> None:
        """Take the panel as it stands: what is there now is not the project's."""
        self.panel = panel
        self.tables = rows(panel)
        self.reading = Reading(codes, self.tables)
        self.past = RowHistory()
        self.orders: Counter[str] = Counter()
        self.figures: Counter[str] = Counter()
        last = seen_since(panel, 0)
        self._seen = last[-1].number if last else 0
        asked = asked_since(panel, 0)
        self._asked = asked[-1].number if asked else 0

    def forked(self, panel: Sandbox) -> Oracle:
        """Follow a copy of the panel from here on, with what is known so far."""
        made = copy(self)
        made.panel = panel
        made.tables = deepcopy(self.tables)
        made.reading = Reading(self.reading.codes, made.tables)
        made.past = deepcopy(self.past)
        made.orders, made.figures = Counter(self.orders), Counter()
        return made

    def watch(self, run: Run) -> list[Violation]:
        """Judge everything that happened since the last call, all of it under one declaration."""
        found: list[Violation] = []
        wrote = 0
        requests = {each.number: each for each in asked_since(self.panel, self._asked)}
        claimed = False
        for number in sorted(requests):
            self.past.hear(requests[number], ours=requests[number].actor == ADMIN)
        for seen in seen_since(self.panel, self._seen):
            if not claimed and run.planned and seen.asked > run.planned:
                self._claim(run.declaration)
                claimed = True
            ours = requests[seen.asked].actor == ADMIN
            if ours and not is_time(seen):
                wrote += 1
                case = JudgedChange(run, self.reading, self.past, seen)
                found += [Violation(*each, seen.asked) for each in judge(case)]
                found += [Violation(*each, seen.asked) for each in charged(case, self.orders)]
            self._count(seen.table, ours=ours, time=is_time(seen))
            self.past.note(seen, ours=ours, owner=self._made_for(run, seen) if ours else None)
            self._lay(seen.table, seen.key, seen.new)
            self._seen = seen.number
        if run.planned and not claimed:
            self._claim(run.declaration)
        self._asked = max(requests, default=self._asked)
        self.figures["requests"] += len(requests)
        return [*found, *self._ended(run, wrote)]

    def converged(self, declaration: Declaration) -> list[Violation]:
        """Judge the end: everything as declared, each declared service charged once."""
        found = [Violation("L1", text) for text in self.differences(declaration)]
        charges = Counter(
            row["item"] for row in self.tables["ledger"].values() if row["what"] == "order"
        )
        for item in declaration.of("Service"):
            for row in self.reading.meant(declaration, item):
                ours = self.past.is_ours("item", (row["id"],))
                if item.spec.get("payFrom") == "balance" and ours and charges[row["id"]] != 1:
                    text = f"{item.address} is charged {charges[row['id']]} times in the end"
                    found.append(Violation("S1", text))
        return found

    def differences(self, declaration: Declaration) -> list[str]:
        """Say where the panel is not as declared."""
        found = []
        meant = set()
        for item in declaration.of(*HOMES):
            live = self.reading.meant(declaration, item)
            meant |= {(item.kind, row["id"]) for row in live}
            live = self._own(item, live) or live
            if len(live) != 1:
                found.append(f"{item.address} is there {len(live)} times")
            else:
                found += [f"{item.address}: {text}" for text in self._unlike(item, live[0])]
        for table, kind in KINDS.items():
            for key, row in self.tables[table].items():
                if is_live(table, row) and (kind, row["id"]) not in meant:
                    found += self._left_over(declaration, table, key, row)
        return list(dict.fromkeys(found))

    def _own(self, item: Item, live: list[Row]) -> list[Row]:
        """Of several rows that a resource may mean, return those that were its own before."""
        owned = []
        for row in live:
            owner = self.past.owner(HOMES[item.kind], (row["id"],))
            names = {item.address, *(f"{item.kind}/{name}" for name in item.former)}
            owned += [row] if owner is not None and owner.address in names else []
        return owned if len(live) > 1 else live

    def _unlike(self, item: Item, row: Row) -> list[str]:
        """Say which declared fields of a resource its row does not show."""
        found = [
            f"{name} is {row[name]!r}, not {text!r}"
            for name, text in self.reading.wanted(item).items()
            if str(row[name]) != text
        ]
        if "groups" in item.spec:
            wanted = {self.reading.codes.group[name] for name in item.spec["groups"]}
            live = {str(key[1]) for key in self.tables["member"] if key[0] == row["id"]}
            found += [f"groups are {live}, not {wanted}"] if wanted != live else []
        if item.kind != "Service" or row["status"] in {"0", "1"}:
            return found
        if "suspended" in item.spec and (row["status"] == "3") != item.spec["suspended"]:
            found.append(f"status is {row['status']}, suspended shall be {item.spec['suspended']}")
        if row["expiredate"] < item.spec.get("paidThrough", ""):
            found.append(f"paid through {row['expiredate']}, not {item.spec['paidThrough']}")
        for addon, text in self.reading.addons(item).items():
            live_addon = self.tables["item_addon"].get((row["id"], int(addon)), {})
            if str(live_addon.get("value")) != text:
                found.append(f"add-on {addon} is {live_addon.get('value')}, not {text}")
        return found

    def _left_over(
        self, declaration: Declaration, table: str, key: tuple[object, ...], row: Row
    ) -> list[str]:
        """Say when a live row that nothing means should be gone.

        What a run made that died, and was declared no more before any run came to its end, nobody
        can know of; it is counted.
        """
        whole = self.past.whole(declaration, self.reading, table, row)
        owner = self.past.owner(table, key)
        dropped = owner is not None and owner.address not in declaration.items
        parent = owner is not None and f"Client/{owner.client}" in declaration.items
        if not whole and dropped and parent and not self.past.is_known(table, key):
            self.figures["times that a dead run's object was left, dropped in between"] += 1
        elif (whole and owner is None) or (
            owner is not None and owner.ending == "delete" and (whole or (dropped and parent))
        ):
            return [f"{table} {key} is still there ({mark_in(row) or 'unmarked'})"]
        return []

    def _ended(self, run: Run, wrote: int) -> list[Violation]:
        found = []
        if run.code == 0 and run.reported != run.changes:
            found.append(Violation("S19", f"{run.reported} outcomes of {run.changes} changes"))
        if run.code == 0 and not run.disturbed:
            found += [
                Violation("S7", f"exit 0, and {text}") for text in self.differences(run.declaration)
            ]
        if run.code == 0:
            for item in run.declaration.of(*HOMES):
                for row in self.reading.meant(run.declaration, item):
                    self.past.know(HOMES[item.kind], (row["id"],))
        if run.idle and run.code == 0 and wrote:
            found.append(Violation("S18", f"{wrote} rows changed right after an exit 0"))
        if run.idle and (run.code != 0 or run.changes):
            text = f"exit {run.code} with {run.changes} changes right after an exit 0"
            found.append(Violation("S18", text))
        return found

    def _made_for(self, run: Run, seen: RowChange) -> Item | None:
        """Return the resource that we made a row for; None for a fault's duplicate."""
        item = self.reading.resource_of(run.declaration, seen.table, seen.new or {})
        if item is None or seen.old is not None or not run.doubled:
            return item
        duplicates = self.reading.meant(run.declaration, item)
        self.figures["duplicates that a fault has made"] += bool(duplicates)
        return None if duplicates else item

    def _claim(self, declaration: Declaration) -> None:
        """Let the project own what its resources mean, now that it is about to apply them."""
        for item in declaration.of(*HOMES):
            for row in self._own(item, self.reading.meant(declaration, item)):
                owner = self.past.owner(HOMES[item.kind], (row["id"],))
                # Of two that mean one row, the first stays its owner as long as it is declared.
                theirs = owner is not None and owner.address != item.address
                if not (theirs and owner is not None and owner.address in declaration.items):
                    self.past.claim(HOMES[item.kind], (row["id"],), item)

    def _lay(self, table: str, key: tuple[object, ...], row: Row | None) -> None:
        if row is None:
            self.tables[table].pop(key, None)
        else:
            self.tables[table][key] = row

    def _count(self, table: str, *, ours: bool, time: bool) -> None:
        if time:
            return
        if table == "ledger":
            self.figures["charges" if ours else "charges by people"] += 1
        elif not ours:
            self.figures["rows changed by people"] += 1
