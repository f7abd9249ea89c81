"""The journal: what was intended and what became of it, one line each, chained.

Shape:  a JSON object a line; ``hash`` is the SHA-256 of the line before and this line's content,
``sig`` its HMAC where the project signs its state.
Invariants: an intent is durable before its request's first byte; lines are only ever added; a torn
last line of a file is cut off and reported, damage anywhere else stops the work.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from typing import TYPE_CHECKING, Any

from reconciler.errors import MovedError, StoreError
from reconciler.model.address import parse_address
from reconciler.model.journal import IntentState, OpenIntent, current_result
from reconciler.store.backends.protocol import Batch, Head
from reconciler.store.chain import START, Chain, UnsignedError
from reconciler.store.facts import SAVED, Facts, read_checkpoint, write_checkpoint
from reconciler.store.inventory_entry import read_entry
from reconciler.store.journal_entry import intent_line, outcome_line, read_intent
from reconciler.store.log import FileLog
from reconciler.store.saved_entries import UNREADABLE
from reconciler.store.strict_json import JsonError, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from reconciler.documents.journal import IntentLine, JournalLine, OutcomeLine
    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.journal import Charged, Intent
    from reconciler.model.plan import Action
    from reconciler.model.resource import Lifecycle, Scope
    from reconciler.store.log import Log

# How often a batch is written anew behind what another run wrote meanwhile.
_TRIES = 50


class Journal:
    """The journal of one target."""

    def __init__(
        self,
        log: Log,
        now: Callable[[], float] = time.time,
        *,
        fence: Callable[[], None] = lambda: None,
        sign_key: bytes = b"",
        trusts_clock: bool = True,
    ) -> None:
        """Use the lines of a log; ``now`` returns seconds since the epoch.

        ``fence`` is called before anything is written, and raises when we may not write any more.
        With ``sign_key`` each line is signed, and one without a signature is refused. Without
        ``trusts_clock`` the times of earlier lines say nothing: another machine wrote them.
        """
        self.log = log
        self._fence = fence
        self._now = now
        self._chain = Chain(sign_key)
        self._trusts_clock = trusts_clock
        self._run = ""
        self._mutex = threading.RLock()
        self._head = Head()
        self._behind = 0
        self._foreign: frozenset[int] = frozenset()
        self._known: Facts | None = None
        self._lines: list[JournalLine] | None = None

    @property
    def torn(self) -> bool:
        """Whether the last line is incomplete."""
        self._facts()
        return self.log.torn

    def check(self) -> None:
        """Check that we may still write. Raises: LockedError when the lock was lost."""
        self._fence()

    def begin(
        self,
        plan: str,
        made_at: str = "",
        *,
        without: Iterable[str] = (),
        user: str = "",
        approved_by: Mapping[str, str] | None = None,
    ) -> str:
        """Write down that a run begins, for the plan of a digest; return the run's name.

        ``without`` names the classes of changes that it leaves out, ``user`` who runs it,
        ``approved_by`` who approved the plan, by the name of the approver.
        """
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._now()))
        self._run = f"{stamp}-{secrets.token_hex(3)}"
        noted = {
            "fence": self.log.fence,
            "without": sorted(set(without)),
            "user": user,
            "approvedBy": dict(sorted((approved_by or {}).items())),
        }
        given = {name: value for name, value in noted.items() if value}
        self.write([{"type": "run", "plan": plan, "madeAt": made_at, **given}])
        return self._run

    def intend(self, intent: Intent) -> int:
        """Write an intent and make it durable; return its number. Raises: StoreError."""
        return self.write([intent_line(intent)])[0]

    def conclude(
        self,
        numbers: Iterable[int],
        result: str,
        message: str,
        element: str,
        *,
        managed: Mapping[Address, InventoryEntry | None] | None = None,
        charged: Charged | None = None,
    ) -> None:
        """Write what became of some intents. Raises: StoreError.

        ``managed`` holds the entries that the inventory is to have since, None for none: a run may
        die before it saves the inventory. ``charged`` is what was taken from a balance.
        """
        outcome = outcome_line(numbers, result, message, element, managed=managed, charged=charged)
        self.write([outcome])

    def mark_saved(self) -> None:
        """Write that the inventory holds all that the lines so far proved. Raises: StoreError."""
        if self._facts().unsaved:
            self.conclude([], SAVED, "the inventory holds what the run proved", "")

    def with_proved(
        self, inventory: Mapping[Address, InventoryEntry]
    ) -> Mapping[Address, InventoryEntry]:
        """Return an inventory with what runs proved and did not live to save.

        An object has one address: that of the line that was written last. Raises: StoreError.
        """
        unsaved = self._facts().unsaved
        if not unsaved:
            return inventory
        entries = dict(inventory)
        try:
            for address, saved in unsaved.items():
                entries.pop(address, None)
                if saved is not None:
                    entry = read_entry(saved)
                    place = (entry.scope, entry.row_id)
                    entries = {a: e for a, e in entries.items() if (e.scope, e.row_id) != place}
                    entries[address] = entry
        except UNREADABLE as error:
            raise StoreError(self._damage(self._head.count)) from error
        return entries

    def facts(self) -> Facts:
        """Return what the lines say now. Raises: StoreError."""
        return self._facts()

    def open_intents(self) -> tuple[OpenIntent, ...]:
        """Return the intents that have no end yet, oldest first. Raises: StoreError.

        Those of a run that holds a lock beside ours are its own.
        """
        facts = self._facts()
        return tuple(
            OpenIntent(
                line["n"], line["run"], read_intent(line), self._age(line), state, resent=resent
            )
            for line, state, resent in facts.open()
            if facts.fences.get(line["run"]) not in self._foreign
        )

    def _age(self, line: IntentLine) -> float:
        """Return for how many seconds at least a request was sent."""
        if not self._trusts_clock and line["run"] != self._run:
            return 0.0
        return max(0.0, self._now() - line["at"])

    def holds_doubt(self) -> bool:
        """Return whether a charge may be in doubt, so that no apply starts. Raises: StoreError."""
        states = (IntentState.IN_DOUBT, IntentState.REFUSED)
        return any(item.charges and item.state in states for item in self.open_intents())

    def endings(self) -> Mapping[Address, Lifecycle]:
        """Return how each object may end, as was said when it was sent for. Raises: StoreError."""
        return self._facts().lifecycles

    def ordered(self) -> Mapping[str, str]:
        """Return the markers of what was made and seen, paid or not, each with its object's id.

        Raises: StoreError.
        """
        return self._facts().ordered()

    def objects_of(self, run: str) -> Mapping[Address, tuple[Scope, str]]:
        """Return list and id of what a run wrote to, by address; not of what was deleted since.

        An id that was given out again since is that of another object. Raises: StoreError.
        """
        ends = self.ends()
        found: dict[Address, tuple[Scope, str]] = {}
        for line in self.lines():
            if line["type"] != "intent":
                continue
            ending = ends.get(line["n"])
            element = ending["element"] if ending else line["element"]
            if not element:
                continue
            address, place = parse_address(line["address"]), (read_intent(line).scope, element)
            if line["run"] == run and line["action"] != "delete":
                found[address] = place
            elif line["action"] == "create" or _is_proved(line, ends, "delete"):
                found = {a: p for a, p in found.items() if p != place}
        return found

    def runs_of(self, plan: str, made_at: str) -> tuple[frozenset[str], ...]:
        """Return what each earlier run of a plan of this digest and time of making left out."""
        return tuple(
            left for each, made, left in self._facts().runs if (each, made) == (plan, made_at)
        )

    def lines(self) -> Sequence[JournalLine]:
        """Return every line, proved to be chained. Raises: StoreError."""
        if self._lines is None:
            found: list[JournalLine] = []
            head = START
            for number, text in enumerate(self.log.history(), start=1):
                line, head = self._parsed(number, text, head)
                found.append(line)
            self._lines = found
        return self._lines

    def ends(self) -> dict[int, OutcomeLine]:
        """Return the last outcome of each intent that has one. Raises: StoreError."""
        return {
            number: {**line, "result": current_result(line["result"])}
            for line in self.lines()
            if line["type"] == "outcome"
            for number in line["intents"]
        }

    def write(self, contents: Sequence[dict[str, Any]]) -> list[int]:
        """Write lines, all of them or none; return their numbers.

        Raises: StoreError; LockedError when the lock was lost.
        """
        with self._mutex:
            self._fence()
            for _ in range(_TRIES):
                facts, before = self._facts(), self._head
                made: list[Any] = self._chain.link(self._dated(contents), before)
                after = Head(before.count + len(made), made[-1]["hash"])
                raw = [json.dumps(each, ensure_ascii=False, sort_keys=True) for each in made]
                try:
                    self.log.append(Batch(before, after, [text.encode() for text in raw]))
                except MovedError:
                    # Another run, on other clients, was quicker: write behind its lines.
                    self._known = self._lines = None
                    continue
                for line in made:
                    facts.add(line)
                self._head = after
                self._behind += len(made)
                if self._lines is not None:
                    self._lines.extend(made)
                return [line["n"] for line in made]
            raise StoreError(f"{self.log.place}: other runs write all the time: run it again")

    def compact(self, least: int = 1) -> bool:
        """Write a checkpoint if at least so many lines are behind the last one.

        Returns whether it was written; another run that writes at the same time prevents it.
        """
        with self._mutex:
            self._fence()
            facts = self._facts()
            if self._behind < least:
                return False
            content = write_checkpoint(facts, self._head.count, self._head.digest)
            raw = self._chain.seal(content)
            try:
                self.log.append(Batch(self._head, self._head, (), raw))
            except MovedError:
                self._known = self._lines = None
                return False
            self._behind = 0
            return True

    def _dated(self, contents: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for content in contents:
            yield {"at": round(self._now(), 3), "run": self._run, **content}

    def _facts(self) -> Facts:
        """Return what the lines say, read once."""
        with self._mutex:
            if self._known is None:
                self._known = self._read()
            return self._known

    def _read(self) -> Facts:
        found = self.log.read()
        held = {each.fence for each in found.locks if not each.expired}
        self._foreign = frozenset(held - {self.log.fence})
        facts, head = Facts(), START
        if found.checkpoint is not None:
            try:
                start = self._chain.unseal(found.checkpoint)
                facts, count, digest = read_checkpoint(found.checkpoint, start)
            except UNREADABLE as error:
                raise StoreError(self._damage(found.covered, "checkpoint")) from error
            head = Head(count, digest)
        if head.count != found.covered:
            raise StoreError(self._damage(found.covered, "checkpoint"))
        lines: list[JournalLine] = []
        for number, text in enumerate(found.lines, start=found.covered + 1):
            line, head = self._parsed(number, text, head)
            try:
                facts.add(line)
            except UNREADABLE as error:
                raise StoreError(self._damage(number)) from error
            lines.append(line)
        if found.head.count and (found.head.count, found.head.digest) != (head.count, head.digest):
            raise StoreError(self._damage(head.count))
        self._head = head if head.count else Head()
        self._behind = len(lines)
        self._lines = None if found.checkpoint is not None else lines
        return facts

    def _parsed(self, number: int, text: bytes, head: Head) -> tuple[Any, Head]:
        """Return a line and the head after it."""
        try:
            line = parse_json(text)
            return line, self._chain.check(line, head)
        except UnsignedError as error:
            raise StoreError(
                f"{self.log.place}:{number}: {error}: somebody else wrote it"
            ) from error
        except (JsonError, ValueError, AttributeError) as error:
            raise StoreError(self._damage(number)) from error

    def _damage(self, number: int, what: str = "journal") -> str:
        return f"{self.log.place}:{number}: the {what} is damaged here: {self.log.remedy}"


class FileJournal(Journal):
    """A journal in one file; satisfies ``ports.Journal``."""

    def __init__(
        self,
        path: Path,
        now: Callable[[], float] = time.time,
        *,
        fence: Callable[[], None] = lambda: None,
    ) -> None:
        """Use the journal at ``path``; ``now`` and ``fence`` as in ``Journal``."""
        super().__init__(FileLog(path), now, fence=fence)
        self.path = path


def _is_proved(line: IntentLine, ends: Mapping[int, OutcomeLine], action: Action) -> bool:
    ending = ends.get(line["n"])
    return line["action"] == action and ending is not None and ending["result"] == "verified"
