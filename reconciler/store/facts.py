"""What the lines of a journal still say: the requests that are open, and what was made and seen.

Invariants: the facts of a checkpoint and the lines behind it are those of all lines; what settles
an order is never forgotten: each object that was made and seen keeps its marker for ever.
Shape of a checkpoint: JSON lines; the first is the header with the number and the hash of the
last line that it covers, the last ones are the managed objects, one each, in three columns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.documents.types import FORMAT_VERSION
from reconciler.model.address import parse_address
from reconciler.model.journal import IntentState, current_result
from reconciler.model.resource import Lifecycle
from reconciler.store.journal_entry import operation_key, read_lifecycle
from reconciler.store.saved_entries import SavedEntries, read_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.documents.inventory import SavedEntry
    from reconciler.documents.journal import EditsLine, IntentLine, JournalLine, OutcomeLine
    from reconciler.model.address import Address

# What stands in the place of an end where the inventory was saved.
SAVED = "saved"
# The ends that end nothing: what was sent has still to be seen.
OPEN = {state.value: state for state in IntentState}
# The ends of which an object was seen, whatever became of it.
_SEEN = ("verified", "diverged")


@dataclass(slots=True)
class Facts:
    """What is known after a line.

    ``intents`` and ``ends`` are those behind the checkpoint, and all that are open: each by its
    number, with its last outcome. ``runs`` are the runs of saved plans, ``fences`` the numbers of
    the locks of runs by their names. ``managed`` is what the
    lines say of managed objects, ``unsaved`` the part since the inventory was last saved.
    """

    intents: dict[int, IntentLine] = field(default_factory=dict)
    ends: dict[int, OutcomeLine] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    runs: list[tuple[str, str, frozenset[str]]] = field(default_factory=list)
    fences: dict[str, int] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    lifecycles: dict[Address, Lifecycle] = field(default_factory=dict)
    absent_keys: set[str] = field(default_factory=set)
    saved: SavedEntries = field(default_factory=SavedEntries)
    deltas: dict[Address, SavedEntry | None] = field(default_factory=dict)
    unsaved: dict[Address, SavedEntry | None] = field(default_factory=dict)
    edits: EditsLine | None = None

    def add(self, line: JournalLine) -> None:
        """Take in the next line. Raises: LookupError, TypeError, CodecError for a damaged one."""
        match line["type"]:
            case "run":
                if fence := line.get("fence"):
                    self.fences[line["run"]] = fence
                if line["madeAt"]:
                    left = frozenset(line.get("without", ()))
                    self.runs.append((line["plan"], line["madeAt"], left))
            case "intent":
                self.intents[line["n"]] = line
                if lifecycle := read_lifecycle(line):
                    self.lifecycles[parse_address(line["address"])] = lifecycle
            case "outcome":
                self._end(line)
                self._manage(line.get("managed") or {}, saved=line["result"] == SAVED)
            case "inventory":
                self._manage(line["managed"], saved=True)
            case "edits":
                self.edits = line
            case _:
                pass  # it matters to the history alone

    def _end(self, line: OutcomeLine) -> None:
        ended: OutcomeLine = {**line, "result": current_result(line["result"])}
        for number in line["intents"]:
            self.ends[number] = ended
            if ended["result"] == "refused":
                self.refused.add(number)

    def _manage(self, managed: Mapping[str, SavedEntry | None], *, saved: bool) -> None:
        if saved:
            self.unsaved.clear()
        for text, entry in managed.items():
            address = parse_address(text)
            for each in (self.deltas, self.unsaved):
                each.pop(address, None)
                each[address] = entry
        if saved:
            self.unsaved.clear()

    def result_of(self, number: int) -> str:
        """Return the last result of a request; that of one in doubt where there is none."""
        end = self.ends.get(number)
        return end["result"] if end else IntentState.IN_DOUBT.value

    def open(self) -> Iterator[tuple[IntentLine, IntentState, bool]]:
        """Return the requests without an end, oldest first, each with its state.

        The last is whether the same operation was sent before and proved absent.
        """
        absent = self.absent_keys | set(self.newly_absent())
        for number, line in self.intents.items():
            if state := OPEN.get(self.result_of(number)):
                yield line, state, operation_key(line) in absent

    def newly_absent(self) -> Iterator[str]:
        """Return the keys of the operations that were proved absent since the checkpoint."""
        for number, line in self.intents.items():
            if self.result_of(number) == "absent" and number not in self.refused:
                yield operation_key(line)

    def ordered(self) -> dict[str, str]:
        """Return the markers of what was made and seen, paid or not, each with its id."""
        found = {
            line["marker"]: self.ends[number]["element"]
            for number, line in self.intents.items()
            if line["marker"] and line["action"] == "create" and self.result_of(number) in _SEEN
        }
        return {**self.made, **found}

    def managed(self) -> SavedEntries:
        """Return all that is managed by what the lines say."""
        if self.deltas:
            self.saved = self.saved.changed(self.deltas)
            self.deltas = {}
        return self.saved


def write_checkpoint(facts: Facts, count: int, digest: str) -> bytes:
    """Return a checkpoint of the facts after the line of a number and a hash."""
    header = {
        "formatVersion": FORMAT_VERSION,
        "type": "checkpoint",
        "n": count,
        "hash": digest,
        "runs": [[plan, made_at, sorted(left)] for plan, made_at, left in facts.runs],
        "fences": facts.fences,
        "absent": sorted(facts.absent_keys | set(facts.newly_absent())),
        "made": facts.ordered(),
        "lifecycles": _grouped(facts.lifecycles),
        "edits": facts.edits,
    }
    lines: list[Any] = [header]
    for number in [line["n"] for line, _, _ in facts.open()]:
        end = facts.ends.get(number)
        refused = number in facts.refused
        lines.append({"type": "open", "intent": facts.intents[number], "end": end, "was": refused})
    lines.append({"type": "entries", "count": len(facts.managed())})
    raw = [json.dumps(line, sort_keys=True).encode() for line in lines]
    return b"\n".join([*raw, *facts.managed().lines(), b""])


def read_checkpoint(raw: bytes, start: int = 0) -> tuple[Facts, int, str]:
    """Return the facts of a checkpoint, and the number and hash of the last line it covers.

    It begins at ``start``; a large one is not copied.

    Raises: LookupError, TypeError, ValueError, CodecError where it is damaged or not of this
            version.
    """
    end = raw.index(b"\n", start)
    header = json.loads(raw[start:end])
    if header["formatVersion"] != FORMAT_VERSION:
        raise ValueError("another format version")
    facts = Facts(
        runs=[(plan, made_at, frozenset(left)) for plan, made_at, left in header["runs"]],
        fences=dict(header["fences"]),
        made=dict(header["made"]),
        absent_keys=set(header["absent"]),
        edits=header["edits"],
    )
    for on_remove, protect, texts in header["lifecycles"]:
        lifecycle = Lifecycle(on_remove, protect)
        facts.lifecycles.update((parse_address(text), lifecycle) for text in texts)
    while True:
        begin, end = end + 1, raw.index(b"\n", end + 1)
        record = json.loads(raw[begin:end])
        if record["type"] == "entries":
            facts.saved = read_entries(raw, end + 1, record["count"])
            break
        number = record["intent"]["n"]
        facts.intents[number] = record["intent"]
        if record["end"] is not None:
            facts.ends[number] = record["end"]
        if record["was"]:
            facts.refused.add(number)
    return facts, header["n"], header["hash"]


def _grouped(lifecycles: Mapping[Address, Lifecycle]) -> list[list[Any]]:
    """Return addresses by their lifecycles, of which there are few."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for address, life in lifecycles.items():
        groups.setdefault((life.on_remove, life.protect), []).append(str(address))
    return [[*key, texts] for key, texts in groups.items()]
