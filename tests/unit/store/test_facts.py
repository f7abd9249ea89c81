"""What a checkpoint keeps is what all lines say: nothing that settles an order is forgotten."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import LockedError, StoreError
from reconciler.model.address import Address, ElementId
from reconciler.model.inventory import InventoryEntry
from reconciler.model.journal import Intent, IntentState
from reconciler.model.lock import LockHolder
from reconciler.model.resource import Lifecycle, Scope
from reconciler.store.log import BackendLog
from reconciler.store.state import LogState
from tests.support.memory_backend import MemoryBackend

if TYPE_CHECKING:
    from reconciler.store.backends.protocol import Backend
    from reconciler.store.journal import Journal

ORDER = Intent(
    address="Service/acme-vm",
    action="create",
    func="vds.order.param",
    effect="charge",
    params=(("domain", "vm.acme.example"), ("sok", "ok")),
    scope=Scope("Service", "vds", ElementId("7")),
    marker="git:acme/acme-vm/1",
    lifecycle=Lifecycle("delete", protect=True),
)
JUNE, JULY = Address("Discount", "june"), Address("Discount", "july")


def _entry(row: str) -> InventoryEntry:
    scope = Scope("Discount", "", ElementId("7"))
    return InventoryEntry(scope, ElementId(row), {"percentage": Decimal(15)}, Lifecycle())


def _state(backend: Backend, *, key: bytes = b"") -> LogState:
    record = backend.acquire("prod", LockHolder("ann"), frozenset({"name acme"}), 60.0)
    log = BackendLog(backend, "prod", fence=record.fence)
    return LogState(log, "https://p/billmgr", sign_key=key)


def _reader(backend: Backend, *, key: bytes = b"") -> LogState:
    return LogState(BackendLog(backend, "prod"), "https://p/billmgr", sign_key=key)


def _said(journal: Journal) -> object:
    """Return all that a plan or an apply asks of a journal."""
    return (
        [(i.number, i.intent, i.state, i.resent) for i in journal.open_intents()],
        journal.ordered(),
        journal.endings(),
        journal.runs_of("sha256:1", "then"),
        dict(journal.facts().managed()),
        journal.holds_doubt(),
    )


def _fill(state: LogState) -> None:
    journal = state.journal
    journal.begin("sha256:1", "then", without=["delete"])
    done, lost, twice = (
        journal.intend(replace(ORDER, address=f"Service/{name}", marker=f"git:acme/{name}/1"))
        for name in ("done", "lost", "twice")
    )
    journal.conclude([done], "verified", "", "958", managed={JUNE: _entry("3")})
    journal.conclude([twice], "absent", "", "")
    again = journal.intend(replace(ORDER, address="Service/twice", marker="git:acme/twice/1"))
    journal.conclude([again], "refused", "busy", "")
    journal.conclude([lost], "in-doubt", "no answer", "")
    state.edits.save({"client.edit": {"text": "keeps"}})


def test_checkpoint_says_what_its_lines_said() -> None:
    """A reader of the checkpoint knows all that a reader of every line knows."""
    backend = MemoryBackend()
    state = _state(backend)
    _fill(state)
    backend.release("prod", state.log.fence)
    before = _said(_reader(backend).journal)

    state = _state(backend)
    assert state.journal.compact()

    after = _reader(backend)
    assert backend.load("prod").lines == ()
    assert _said(after.journal) == before
    assert after.journal.ordered() == {"git:acme/done/1": "958"}
    states = {i.intent.address: (i.state, i.resent) for i in state.journal.open_intents()}
    assert states["Service/twice"] == (IntentState.REFUSED, True)
    assert after.edits.load() == {"client.edit": {"text": "keeps"}}


def test_lines_go_on_behind_a_checkpoint() -> None:
    """Numbers and hashes continue, an open request ends, and all lines stay to be shown."""
    backend = MemoryBackend()
    state = _state(backend)
    _fill(state)
    state.journal.compact()
    count = backend.load("prod").head.count
    (open_one,) = [i for i in state.journal.open_intents() if i.intent.address == "Service/lost"]

    state.journal.conclude([open_one.number], "verified", "", "959")

    again = _reader(backend)
    assert again.journal.ordered() == {"git:acme/done/1": "958", "git:acme/lost/1": "959"}
    assert len(again.journal.lines()) == count + 1
    assert again.journal.lines()[-1]["n"] == count + 1


def test_entry_under_a_new_name_replaces_the_old_one_of_a_checkpoint() -> None:
    """An object has one address, also where the earlier one is in a checkpoint."""
    backend = MemoryBackend()
    state = _state(backend)
    state.inventory.save({JUNE: _entry("3"), JULY: _entry("4")})
    state.journal.compact()
    summer = Address("Discount", "summer")

    number = state.journal.intend(ORDER)
    state.journal.conclude([number], "verified", "", "3", managed={summer: _entry("3")})

    assert dict(_reader(backend).inventory.load()) == {summer: _entry("3"), JULY: _entry("4")}


def test_two_runs_on_different_clients_write_one_chain() -> None:
    """Whoever is slower writes behind the other; neither removes what the other proved."""
    backend = MemoryBackend()
    first = _state(backend)
    record = backend.acquire("prod", LockHolder("bob"), frozenset({"name other"}), 60.0)
    second = LogState(BackendLog(backend, "prod", fence=record.fence), "https://p/billmgr")
    assert not first.inventory.load()
    assert not second.inventory.load()
    first.journal.begin("sha256:1")
    second.journal.begin("sha256:2")
    number = second.journal.intend(ORDER)
    first.inventory.save({JUNE: _entry("3")})
    second.inventory.save({JULY: _entry("4")})

    after = _reader(backend)
    assert dict(after.inventory.load()) == {JUNE: _entry("3"), JULY: _entry("4")}
    assert number == 3
    assert [line["n"] for line in after.journal.lines()] == [1, 2, 3, 4, 5]


def test_requests_of_a_run_beside_ours_are_its_own() -> None:
    """They are not in doubt while its lock is there, and are when it was taken away."""
    backend = MemoryBackend()
    theirs = _state(backend)
    theirs.journal.begin("sha256:1")
    theirs.journal.intend(ORDER)

    assert _reader(backend).journal.open_intents() == ()
    backend.release("prod", theirs.log.fence)
    (found,) = _reader(backend).journal.open_intents()
    assert found.doubtful
    assert found.age == 0.0, "the clock of another machine says nothing"


def test_run_that_lost_its_lock_writes_nothing() -> None:
    """The fence stands in the backend: what comes late is refused."""
    backend = MemoryBackend()
    state = _state(backend)
    state.journal.begin("sha256:1")
    backend.release("prod", state.log.fence)
    later = _state(backend)

    with pytest.raises(LockedError):
        state.journal.intend(ORDER)
    assert later.journal.open_intents() == ()


@pytest.mark.parametrize("part", ["line", "checkpoint"])
def test_changed_state_is_refused(part: str) -> None:
    """Neither a line nor a checkpoint can be changed unseen."""
    backend = MemoryBackend()
    state = _state(backend)
    _fill(state)
    if part == "line":
        lines = backend._lines["prod"]  # noqa: SLF001 - what a forger would do
        lines[1] = json.dumps(json.loads(lines[1]) | {"at": 1}).encode()
    else:
        state.journal.compact()
        kept = backend._checkpoints["prod"]  # noqa: SLF001 - what a forger would do
        backend._checkpoints["prod"] = (kept[0], kept[1].replace(b'"958"', b'"957"'))  # noqa: SLF001

    with pytest.raises(StoreError, match="damaged"):
        _reader(backend).journal.ordered()


def test_line_without_the_signature_of_the_key_is_refused() -> None:
    """Who can write to the state and has no key cannot forge what we own."""
    backend = MemoryBackend()
    signed = _state(backend, key=b"secret")
    signed.journal.begin("sha256:1")
    assert len(_reader(backend, key=b"secret").journal.lines()) == 1
    backend.release("prod", signed.log.fence)
    forger = _state(backend)
    forger.inventory.save({JUNE: _entry("3")})

    with pytest.raises(StoreError, match="not signed with the key"):
        _reader(backend, key=b"secret").inventory.load()
    forger.journal.compact()
    with pytest.raises(StoreError, match="damaged"):
        _reader(backend, key=b"secret").inventory.load()


def test_ways_back_are_kept_behind_a_checkpoint() -> None:
    """A run can be undone however many runs came after it."""
    backend = MemoryBackend()
    state = _state(backend)
    run = state.journal.begin("sha256:1")
    state.undo.write(run, ())
    state.journal.compact()

    assert _reader(backend).undo.runs() == (run,)
    assert _reader(backend).undo.read(run) == ()
