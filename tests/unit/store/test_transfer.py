"""A state moves whole: from a folder to a backend, back, twice, and after it was cut off."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import StoreError
from reconciler.model.address import Address, ElementId
from reconciler.model.inventory import InventoryEntry
from reconciler.model.journal import Intent
from reconciler.model.lock import LockHolder
from reconciler.model.resource import Lifecycle, Scope
from reconciler.store.log import BackendLog
from reconciler.store.state import FolderState, LogState
from reconciler.store.transfer import (
    MemoryLog,
    as_lines,
    check_lines,
    copy_state,
    is_ahead,
    summarize,
)
from tests.support.memory_backend import MemoryBackend

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://panel.example/billmgr"
JUNE = Address("Discount", "june")
ORDER = Intent(
    address="Service/acme-vm",
    action="create",
    func="vds.order.param",
    effect="charge",
    params=(("domain", "vm.acme.example"),),
    scope=Scope("Service", "vds", ElementId("7")),
    marker="git:acme/acme-vm/1",
)


def _folder(folder: Path) -> FolderState:
    return FolderState(folder, folder / "inventory.json", "prod", URL)


def _filled(folder: Path, lines: int = 0) -> FolderState:
    state = _folder(folder)
    scope = Scope("Discount", "", ElementId("7"))
    entry = InventoryEntry(scope, ElementId("3"), {"percentage": Decimal(15)}, Lifecycle())
    journal = state.journal
    run = journal.begin("sha256:1", "then")
    number = journal.intend(ORDER)
    journal.conclude([number], "verified", "", "958")
    if lines:
        journal.write([{"type": "outcome", "intents": [], "result": "saved"}] * lines)
    state.inventory.save({JUNE: entry})
    state.undo.write(run, ())
    state.edits.save({"client.edit": {"text": "keeps"}})
    return state


def _backend(backend: MemoryBackend, *, key: bytes = b"") -> LogState:
    for each in backend.locks("prod"):
        backend.release("prod", each.fence)
    fence = backend.acquire("prod", LockHolder(), frozenset(), 60.0).fence
    return LogState(BackendLog(backend, "prod", fence=fence), URL, sign_key=key)


def _said(state: FolderState | LogState) -> object:
    journal = state.journal
    managed = journal.with_proved(state.inventory.load())
    runs = state.undo.runs()
    return dict(managed), journal.ordered(), runs, state.edits.load(), state.undo.read(runs[0])


def test_folder_moves_to_a_backend_and_back_and_again(tmp_path: Path) -> None:
    """Nothing is lost on any way, the chain stays, and a second copy adds no line."""
    source = _filled(tmp_path / "a")
    backend = MemoryBackend()

    there = copy_state(source, _backend(backend))
    again = copy_state(source, _backend(backend))
    back = _folder(tmp_path / "b")
    copy_state(_backend(backend), back)
    twice = copy_state(back, _backend(backend))

    assert _said(_backend(backend)) == _said(source) == _said(back)
    assert there == again == twice == summarize(back)
    old = source.journal.lines()
    assert _backend(backend).journal.lines()[: len(old)] == old


@pytest.mark.parametrize("fails", range(4))
def test_copy_that_was_cut_off_goes_on(tmp_path: Path, fails: int) -> None:
    """Whichever write was the last one, the next copy ends it."""
    source = _filled(tmp_path / "a", lines=4_500)
    backend = MemoryBackend()
    writes = iter(range(10))

    def fail() -> None:
        if next(writes) == fails:
            raise StoreError("no network")

    backend.before = fail
    with pytest.raises(StoreError, match="no network"):
        copy_state(source, _backend(backend))
    assert not is_ahead(_backend(backend), source)
    backend.before = lambda: None
    copy_state(source, _backend(backend))

    assert _said(_backend(backend)) == _said(source)
    assert is_ahead(_backend(backend), source)


def test_place_with_another_journal_is_left_as_it_is(tmp_path: Path) -> None:
    """A state is never laid over another one."""
    backend = MemoryBackend()
    copy_state(_filled(tmp_path / "a"), _backend(backend))
    before = list(backend.history("prod"))

    with pytest.raises(StoreError, match="name a place that is empty"):
        copy_state(_filled(tmp_path / "b"), _backend(backend))
    with pytest.raises(StoreError, match="name a place that is empty"):
        copy_state(_backend(MemoryBackend()), _backend(backend))

    assert list(backend.history("prod")) == before


def test_pulled_lines_are_the_whole_state(tmp_path: Path) -> None:
    """They fill an empty place, and one that changed since does not take them."""
    source = _filled(tmp_path / "a")
    lines = as_lines(source)
    head = check_lines("file", lines)
    backend = MemoryBackend()

    copy_state(LogState(MemoryLog("file", lines), URL), _backend(backend))

    assert _said(_backend(backend)) == _said(source)
    assert backend.load("prod").head == head
    with pytest.raises(StoreError, match="file:2: the journal is damaged here"):
        check_lines("file", [lines[0], *lines[2:]])


def test_copy_signs_what_was_not_signed(tmp_path: Path) -> None:
    """A project that begins to sign its state moves it once."""
    source = _filled(tmp_path / "a")
    backend = MemoryBackend()

    copy_state(source, _backend(backend, key=b"secret"), b"secret")

    assert _said(_backend(backend, key=b"secret")) == _said(source)
    with pytest.raises(StoreError):
        _backend(backend, key=b"other").journal.lines()


def test_checkpoint_that_says_otherwise_is_found(tmp_path: Path) -> None:
    """``state verify`` folds every line again."""
    backend = MemoryBackend()
    copy_state(_filled(tmp_path / "a"), _backend(backend))
    state = _backend(backend)
    state.journal.facts().made["git:acme/other/1"] = "7"
    state.journal.write([{"type": "outcome", "intents": [], "result": "saved"}])
    state.journal.compact()

    with pytest.raises(StoreError, match="differs from the lines"):
        summarize(_backend(backend))
