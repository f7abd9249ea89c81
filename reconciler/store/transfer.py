"""Move the state of a target from one place to another, line by line, and prove that all is there.

Invariants: a line is copied as it is, so the chain of the copy is that of the original; a copy that
was interrupted goes on where it ended; what is at the destination and not at the source is never
removed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from reconciler.errors import StoreError
from reconciler.store.backends.protocol import Batch, Head, Snapshot
from reconciler.store.chain import START, Chain
from reconciler.store.facts import Facts
from reconciler.store.journal import Journal
from reconciler.store.state import FolderState, LogEdits, LogInventory, LogState, LogUndo
from reconciler.store.strict_json import JsonError, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.store.log import Log
    from reconciler.store.state import State

# How many lines are written at once.
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class StateSummary:
    """What a state holds: lines and the hash of the last one, managed objects, runs to undo."""

    lines: int
    digest: str
    managed: int
    undoable: int


class MemoryLog:
    """Lines in memory, behind those of another place."""

    fence = 0
    torn = False
    remedy = "restore the state from a backup"

    def __init__(self, place: str, lines: Iterable[bytes] = ()) -> None:
        """Hold lines that were read at a place."""
        self.place = place
        self.raw = list(lines)

    def read(self) -> Snapshot:
        """Return the lines."""
        return Snapshot(lines=tuple(self.raw))

    def append(self, batch: Batch) -> None:
        """Hold more lines."""
        self.raw.extend(batch.lines)

    def history(self) -> Iterator[bytes]:
        """Return every line."""
        return iter(tuple(self.raw))


def summarize(state: State) -> StateSummary:
    """Return what a state holds, every line of it proved, and its checkpoint by them.

    Raises: StoreError.
    """
    journal = state.journal
    lines = journal.lines()
    whole, facts = Facts(), journal.facts()
    for line in lines:
        whole.add(line)
    said = (whole.ordered(), sorted(whole.managed().lines()))
    if said != (facts.ordered(), sorted(facts.managed().lines())):
        raise StoreError(f"{journal.log.place}: the checkpoint differs from the lines before it")
    managed = journal.with_proved(state.inventory.load())
    digest = lines[-1]["hash"] if lines else ""
    return StateSummary(len(lines), digest, len(managed), len(state.undo.runs()))


def as_lines(state: State, sign_key: bytes = b"") -> list[bytes]:
    """Return a whole state as lines of one chain. Raises: StoreError."""
    if isinstance(state, LogState):
        return list(state.journal.log.history())
    log = MemoryLog(state.journal.log.place)
    for batch in _batches(state.journal.log, Head(), sign_key):
        log.append(batch)
    _add_documents(state, Journal(log, sign_key=sign_key))
    return log.raw


def check_lines(place: str, lines: Iterable[bytes], sign_key: bytes = b"") -> Head:
    """Prove that lines are one chain. Raises: StoreError."""
    head = Head()
    for batch in _batches(MemoryLog(place, lines), Head(), sign_key):
        head = batch.after
    return head


def copy_state(source: State, copy: State, sign_key: bytes = b"") -> StateSummary:
    """Copy a whole state to a place that is empty, or holds the beginning of it.

    Returns what the copy holds, after it was compared. Raises: StoreError, LockedError.
    """
    _copy_lines(source.journal.log, copy.journal.log, sign_key)
    if isinstance(copy, LogState):
        _add_documents(source, copy.journal)
        copy.journal.compact()
    else:
        _write_documents(source, copy)
    return _compared(source, copy)


def is_ahead(copy: LogState, source: FolderState) -> bool:
    """Return whether a copy holds more than a folder, or something else; a copy may be cut off.

    Raises: StoreError.
    """
    there, here = copy.log.read(), source.journal.log.read()
    if not there.head.count:
        return False
    shorter = min(there.head.count, len(here.lines))
    same = not there.covered and _hashes(there.lines[:shorter]) == _hashes(here.lines[:shorter])
    # The last step of a copy is a checkpoint. Before it come the documents, and no run.
    began = any(_type(line) == "run" for line in there.lines[shorter:])
    return not same or began


def _hashes(lines: Iterable[bytes]) -> list[str]:
    return [json.loads(line)["hash"] for line in lines]


def _type(line: bytes) -> str:
    return str(json.loads(line)["type"])


def _compared(source: State, copy: State) -> StateSummary:
    was, found = summarize(source), summarize(copy)
    kept = (found.managed, found.undoable) == (was.managed, was.undoable)
    if found.lines < was.lines or not kept:
        raise StoreError(
            f"the copy holds {found.lines} lines, {found.managed} managed objects and "
            f"{found.undoable} runs to undo, and the original {was.lines}, {was.managed} and "
            f"{was.undoable}: the original is as it was; run the command again"
        )
    return found


def _copy_lines(source: Log, copy: Log, sign_key: bytes) -> None:
    there = copy.read()
    head = there.head
    if not head.count and there.lines:
        head = check_lines(copy.place, there.lines, sign_key)
    if not _holds_documents(source, copy, head):
        for batch in _batches(source, head, sign_key):
            copy.append(batch)


def _holds_documents(source: Log, copy: Log, head: Head) -> bool:
    """Return whether a copy has all lines of a folder, and behind them only its documents."""
    last, count = b"", 0
    for text in source.history():
        last, count = text, count + 1
    if head.count <= count:
        return False
    lines = list(islice(copy.history(), max(count - 1, 0), None))
    if count and _hashes(lines[:1]) != _hashes([last]):
        return False
    return not any(_type(line) in {"run", "intent"} for line in lines[1 if count else 0 :])


def _batches(source: Log, known: Head, sign_key: bytes) -> Iterator[Batch]:
    """Yield the lines behind a head that is known, in batches that lead from head to head."""
    lines = _checked(source, known, sign_key)
    before = known
    while chunk := list(islice(lines, _CHUNK)):
        after = chunk[-1][1]
        yield Batch(before, after, [text for text, _ in chunk])
        before = after


def _checked(source: Log, known: Head, sign_key: bytes) -> Iterator[tuple[bytes, Head]]:
    """Yield the lines behind a head that is known, each with the head after it."""
    signing, chain, head = Chain(sign_key), Chain(), START
    for number, text in enumerate(source.history(), start=1):
        try:
            line = parse_json(text)
            head = chain.check(line, head)
        except (JsonError, ValueError, AttributeError) as error:
            message = f"{source.place}:{number}: the journal is damaged here: {source.remedy}"
            raise StoreError(message) from error
        if number == known.count and head != known:
            raise StoreError(
                f"{source.place} and the place of the copy hold different journals: "
                "name a place that is empty"
            )
        if number > known.count:
            yield (_signed(signing, line) if sign_key else text), head
    if head.count < known.count:
        raise StoreError(
            f"the place of the copy holds {known.count} lines, and {source.place} only "
            f"{head.count}: name a place that is empty"
        )


def _signed(chain: Chain, line: dict[str, Any]) -> bytes:
    return json.dumps(chain.sign(line), ensure_ascii=False, sort_keys=True).encode()


def _add_documents(source: State, journal: Journal) -> None:
    """Write as lines what a folder keeps in files of its own, where the lines do not say it yet."""
    if not isinstance(source, FolderState):
        return
    LogInventory(journal).save(source.journal.with_proved(source.inventory.load()))
    edits, undo = source.edits.load(), LogUndo(journal)
    if edits:
        LogEdits(journal, source.url).save(edits)
    for run in source.undo.runs():
        back = source.undo.read(run)
        if run not in undo.runs() or undo.read(run) != back:
            undo.write(run, back)


def _write_documents(source: State, copy: State) -> None:
    """Write to files of their own what a folder keeps there."""
    copy.inventory.save(source.journal.with_proved(source.inventory.load()))
    copy.edits.save(source.edits.load())
    for run in source.undo.runs():
        copy.undo.write(run, source.undo.read(run))
