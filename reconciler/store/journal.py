"""The journal: what was intended and what became of it, one line each, chained.

Shape:  a JSON object a line; ``hash`` is the SHA-256 of the line before and this line's content.
Invariants: an intent is on the disk before its request's first byte; lines are only ever added;
a torn last line is cut off and reported, damage anywhere else stops the work.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from reconciler.errors import CodecError, StoreError
from reconciler.model.address import parse_address
from reconciler.model.journal import IntentState, OpenIntent, current_result
from reconciler.store.atomic_file import make_folder, read_file
from reconciler.store.inventory_entry import encode_entry, read_entry
from reconciler.store.journal_entry import (
    encode_charged,
    encode_intent,
    operation_key,
    read_intent,
    read_lifecycle,
)
from reconciler.store.strict_json import JsonError, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from reconciler.documents.journal import IntentLine, JournalLine, OutcomeLine
    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.journal import Charged, Intent
    from reconciler.model.plan import Action
    from reconciler.model.resource import Lifecycle, Scope

LOG = logging.getLogger("reconciler.store")
LIMIT = 512 * 1024 * 1024
_START = "0" * 64
# The ends that end nothing: what was sent has still to be seen.
_OPEN = {state.value: state for state in IntentState}
# What stands in the place of an end where the inventory was saved.
_SAVED = "saved"
# The ends of which an object was seen, whatever became of it.
_SEEN = ("verified", "diverged")


class FileJournal:
    """A journal in one file; satisfies ``ports.Journal``."""

    def __init__(
        self,
        path: Path,
        now: Callable[[], float] = time.time,
        *,
        fence: Callable[[], None] = lambda: None,
    ) -> None:
        """Use the journal at ``path``; ``now`` returns seconds since the epoch.

        ``fence`` is called before anything is written, and raises when we may not write any more.
        """
        self.path = path
        self._fence = fence
        self.torn = False
        self._now = now
        self._run = ""
        self._whole = 0
        self._lines: list[JournalLine] | None = None

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
            "without": sorted(set(without)),
            "user": user,
            "approvedBy": dict(sorted((approved_by or {}).items())),
        }
        given = {name: value for name, value in noted.items() if value}
        self._append({"type": "run", "plan": plan, "madeAt": made_at, **given})
        return self._run

    def intend(self, intent: Intent) -> int:
        """Write an intent and make it durable; return its number. Raises: StoreError."""
        return self._append({"type": "intent", **encode_intent(intent)})

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
        content: dict[str, Any] = {"result": result, "message": message, "element": element}
        if managed:
            content["managed"] = {
                str(address): encode_entry(entry) if entry else None
                for address, entry in managed.items()
            }
        if charged:
            content["charged"] = encode_charged(charged)
        self._append({"type": "outcome", "intents": list(numbers), **content})

    def mark_saved(self) -> None:
        """Write that the inventory holds all that the lines so far proved. Raises: StoreError."""
        if self._unsaved():
            self.conclude([], _SAVED, "the inventory holds what the run proved", "")

    def with_proved(
        self, inventory: Mapping[Address, InventoryEntry]
    ) -> Mapping[Address, InventoryEntry]:
        """Return an inventory with what runs proved and did not live to save.

        An object has one address: that of the line that was written last. Raises: StoreError.
        """
        entries = dict(inventory)
        for address, entry in self._unsaved().items():
            entries.pop(address, None)
            if entry is not None:
                place = (entry.scope, entry.row_id)
                entries = {a: e for a, e in entries.items() if (e.scope, e.row_id) != place}
                entries[address] = entry
        return entries

    def _unsaved(self) -> dict[Address, InventoryEntry | None]:
        """Return what was proved since the inventory was saved."""
        found: dict[Address, InventoryEntry | None] = {}
        for line in self.lines():
            if line["type"] != "outcome":
                continue
            if line["result"] == _SAVED:
                found.clear()
            for text, entry in (line.get("managed") or {}).items():
                address = parse_address(text)
                found.pop(address, None)
                try:
                    found[address] = None if entry is None else read_entry(entry)
                except (CodecError, LookupError, TypeError, ValueError, ArithmeticError) as error:
                    raise StoreError(_damage(self.path, line["n"])) from error
        return found

    def open_intents(self) -> tuple[OpenIntent, ...]:
        """Return the intents that have no end yet, oldest first. Raises: StoreError."""
        ends = {number: line["result"] for number, line in self.ends().items()}
        intents = [line for line in self.lines() if line["type"] == "intent"]
        refused = {
            number
            for line in self.lines()
            if line["type"] == "outcome" and line["result"] == "refused"
            for number in line["intents"]
        }
        absent = {
            operation_key(line)
            for line in intents
            if ends.get(line["n"]) == "absent" and line["n"] not in refused
        }
        return tuple(
            OpenIntent(
                line["n"],
                line["run"],
                read_intent(line),
                max(0.0, self._now() - line["at"]),
                _OPEN[ends.get(line["n"], IntentState.IN_DOUBT.value)],
                resent=operation_key(line) in absent,
            )
            for line in intents
            if ends.get(line["n"], IntentState.IN_DOUBT.value) in _OPEN
        )

    def holds_doubt(self) -> bool:
        """Return whether a charge may be in doubt, so that no apply starts. Raises: StoreError."""
        states = (IntentState.IN_DOUBT, IntentState.REFUSED)
        return any(item.charges and item.state in states for item in self.open_intents())

    def endings(self) -> Mapping[Address, Lifecycle]:
        """Return how each object may end, as was said when it was sent for. Raises: StoreError."""
        noted = [
            (parse_address(line["address"]), read_lifecycle(line))
            for line in self.lines()
            if line["type"] == "intent"
        ]
        return {address: lifecycle for address, lifecycle in noted if lifecycle}

    def ordered(self) -> Mapping[str, str]:
        """Return the markers of what was made and seen, paid or not, each with its object's id.

        Raises: StoreError.
        """
        ends = self.ends()
        return {
            line["marker"]: ends[line["n"]]["element"]
            for line in self.lines()
            if line["type"] == "intent"
            and line["marker"]
            and line["action"] == "create"
            and ends.get(line["n"], {"result": ""})["result"] in _SEEN
        }

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
            frozenset(line.get("without", ()))
            for line in self.lines()
            if line["type"] == "run" and line["plan"] == plan and line["madeAt"] == made_at
        )

    def lines(self) -> Sequence[JournalLine]:
        """Return every line, proved to be chained. Raises: StoreError."""
        if self._lines is None:
            self._lines = self._read()
        return self._lines

    def ends(self) -> dict[int, OutcomeLine]:
        """Return the last outcome of each intent that has one. Raises: StoreError."""
        return {
            number: {**line, "result": current_result(line["result"])}
            for line in self.lines()
            if line["type"] == "outcome"
            for number in line["intents"]
        }

    def _append(self, content: dict[str, Any]) -> int:
        self._fence()
        if self._lines is None:
            self._lines = self._read()
        if self.torn:
            self._cut()
        lines = self._lines
        number = len(lines) + 1
        body = {"n": number, "at": round(self._now(), 3), "run": self._run, **content}
        line: Any = body | {"hash": _chained(lines[-1]["hash"] if lines else _START, body)}
        self._write(json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n")
        lines.append(line)
        return number

    def _write(self, raw: bytes) -> None:
        try:
            make_folder(self.path.parent)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self.path, flags, 0o600)
            try:
                self._whole = os.fstat(descriptor).st_size
                self.torn = True
                if os.write(descriptor, raw) != len(raw):
                    raise StoreError(f"{self.path}: the journal could not be written completely")
                os.fsync(descriptor)
                self.torn = False
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StoreError(f"{self.path}: the journal cannot be written: {error}") from error
        finally:
            self._take_back()

    def _take_back(self) -> None:
        """Remove a line that was not made durable: its request must not be sent."""
        with suppress(StoreError):
            if self.torn:
                self._cut()

    def _read(self) -> list[JournalLine]:
        raw = read_file(self.path, LIMIT) or b""
        whole, _, tail = raw.rpartition(b"\n")
        self.torn = bool(tail)
        self._whole = len(raw) - len(tail)
        lines: list[JournalLine] = []
        previous = _START
        for number, text in enumerate(whole.split(b"\n") if whole else [], start=1):
            line = _parse(self.path, number, text)
            body = {key: value for key, value in line.items() if key != "hash"}
            if line.get("n") != number or line.get("hash") != _chained(previous, body):
                raise StoreError(_damage(self.path, number))
            lines.append(line)
            previous = line["hash"]
        return lines

    def _cut(self) -> None:
        """Cut off a line that a killed run left unfinished; only who holds the lock may."""
        try:
            os.truncate(self.path, self._whole)
            self.torn = False
            LOG.warning("an incomplete last line was removed", extra={"journal": str(self.path)})
        except OSError as error:
            raise StoreError(
                f"{self.path}: the incomplete last line cannot be removed: {error}"
            ) from error


def _is_proved(line: IntentLine, ends: Mapping[int, OutcomeLine], action: Action) -> bool:
    ending = ends.get(line["n"])
    return line["action"] == action and ending is not None and ending["result"] == "verified"


def _chained(previous: str, body: dict[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def _parse(path: Path, number: int, text: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        line = parse_json(text)
    except JsonError as error:
        raise StoreError(_damage(path, number)) from error
    if not isinstance(line, dict):
        raise StoreError(_damage(path, number))
    return line


def _damage(path: Path, number: int) -> str:
    return (
        f"{path}:{number}: the journal is damaged here: keep a copy, check the panel, then "
        "move the file away to start a new one"
    )
