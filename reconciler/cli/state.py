"""Open the state of a target where its project keeps it, and hold its lock.

Invariants: a backend is opened when something is first asked of it, once a command, and closed at
the end of the command; only what is opened under a lock can be written.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.arguments import read_duration
from reconciler.model.lock import LockRecord
from reconciler.store.backends import open_backend
from reconciler.store.held_lock import Waiting, hold_lock, wait_for_lock
from reconciler.store.lock import break_lock, lock_holder, lock_path, target_lock
from reconciler.store.log import BackendLog
from reconciler.store.state import FolderState, LogState
from reconciler.store.transfer import MemoryLog, as_lines, copy_state, is_ahead

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Iterator

    from reconciler.cli.console import Console
    from reconciler.model.target import Project, Target
    from reconciler.project.secrets import SecretStore
    from reconciler.store.backends.protocol import Backend
    from reconciler.store.held_lock import HeldLock
    from reconciler.store.state import State

# The backends of this command, by what the project says of them.
_OPENED: dict[tuple[str, object], Backend] = {}


def open_state(project: Project, target: Target, secrets: SecretStore) -> State:
    """Return the state of a target, for reading. Raises: StoreError, SecretError."""
    folder = state_folder(project)
    if folder is not None:
        return _in_folder(project, target, folder)
    state = _in_backend(project, target, secrets)
    former = _former(project, target)
    if not _is_to_be_moved(former, state):
        return state
    # Nobody has written yet: what the folder holds is what the first run will move.
    lines = as_lines(former, state.sign_key)
    return LogState(MemoryLog(former.journal.log.place, lines), target.url)


@contextmanager
def lock_place(
    project: Project,
    target: Target,
    secrets: SecretStore,
    purpose: str,
    *,
    parts: frozenset[str] = frozenset(),
    waiting: Waiting | None = None,
) -> Iterator[State]:
    """Hold the lock of a target, or of clients of it, and yield what is there, for writing.

    Raises: LockedError when another run holds the lock, StoreError, SecretError.
    """
    folder = state_folder(project)
    waiting = waiting or Waiting()
    with ExitStack() as stack:
        if folder is not None:
            path = lock_path(folder, target.name)
            lock = wait_for_lock(
                target.name, lambda: stack.enter_context(target_lock(path, purpose)), waiting
            )
            yield _in_folder(project, target, folder, lock.check)
            return
        held = stack.enter_context(
            hold_lock(
                backend_of(project),
                target.name,
                purpose,
                parts=parts,
                lease=project.state.lease,
                waiting=waiting,
            )
        )
        yield _in_backend(project, target, secrets, held)


@contextmanager
def lock_state(
    project: Project,
    target: Target,
    secrets: SecretStore,
    purpose: str,
    *,
    parts: frozenset[str] = frozenset(),
    waiting: Waiting | None = None,
) -> Iterator[State]:
    """Do as ``lock_place``, after what the folder holds was moved there.

    Raises: LockedError when another run holds the lock, StoreError, SecretError.
    """
    with lock_place(project, target, secrets, purpose, parts=parts, waiting=waiting) as state:
        if not isinstance(state, LogState):
            yield state
            return
        _move_former(project, target, state, waiting or Waiting())
        yield replace(state)  # which reads again


def _former(project: Project, target: Target) -> FolderState:
    """Return the state that the project had in its folder before it named a backend."""
    return _in_folder(project, target, Path(project.root) / ".reconciler")


def is_to_be_moved(project: Project, target: Target, secrets: SecretStore) -> bool:
    """Return whether the state of a target is in a folder, and the project names a backend.

    Raises: StoreError, SecretError.
    """
    if state_folder(project) is not None:
        return False
    return _is_to_be_moved(_former(project, target), _in_backend(project, target, secrets))


def _is_to_be_moved(former: FolderState, state: LogState) -> bool:
    return not former.is_empty and not is_ahead(state, former)


def _move_former(project: Project, target: Target, state: LogState, waiting: Waiting) -> None:
    """Move what the folder holds to a backend that is empty. Raises: StoreError, LockedError."""
    former = _former(project, target)
    if not _is_to_be_moved(former, state):
        return
    with target_lock(lock_path(former.folder, target.name), "reconciler state migrate"):
        found = copy_state(former, state, state.sign_key)
        former.retire()
    waiting.notice(
        f"moved the state of {target.name} from {former.folder.name} to {project.state.url}: "
        f"{found.lines} lines, {found.managed} managed objects"
    )


def lock_waiting(args: Namespace, console: Console) -> Waiting:
    """Return what to do while another run holds the lock. Raises: UsageError."""
    timeout = read_duration(args.lock_timeout).total_seconds() if args.lock_timeout else 0.0
    return Waiting(timeout, args.take_over, console.tell)


def held_locks(project: Project, target: str) -> tuple[LockRecord, ...]:
    """Return the locks of a target that are held, oldest first. Raises: StoreError."""
    folder = state_folder(project)
    if folder is None:
        return backend_of(project).locks(target)
    holder = lock_holder(lock_path(folder, target))
    return () if holder is None else (LockRecord(0, holder, frozenset(), 0.0),)


def break_locks(project: Project, target: str, records: Iterable[LockRecord]) -> None:
    """Take locks away from their holders. Raises: StoreError."""
    folder = state_folder(project)
    if folder is not None:
        break_lock(lock_path(folder, target))
        return
    for each in records:
        backend_of(project).release(target, each.fence)


def backend_of(project: Project) -> Backend:
    """Return the backend of a project whose state is not in a folder, opened once a command.

    Raises: StoreError, UsageError where its extra is not installed.
    """
    key = (project.root, project.state)
    if key not in _OPENED:
        _OPENED[key] = open_backend(project.state, Path(project.root))
    return _OPENED[key]


def close_backends() -> None:
    """Close what this command opened."""
    while _OPENED:
        _, backend = _OPENED.popitem()
        backend.close()


def targets_with_state(project: Project) -> tuple[str, ...]:
    """Return the targets of a project of which a run was recorded. Raises: StoreError.

    Those of the folder that the next run will move to a backend are among them.
    """
    folder = state_folder(project)
    if folder is None:
        known = set(backend_of(project).targets())
        targets = project.targets.items()
        known.update(name for name, each in targets if not _former(project, each).is_empty)
        return tuple(sorted(known))
    return tuple(name for name in project.targets if (folder / f"{name}.journal").exists())


def state_folder(project: Project) -> Path | None:
    """Return the folder that the state is in; None where it is in a backend."""
    folder = project.state.folder
    return None if folder is None else Path(project.root) / folder


def _in_folder(
    project: Project, target: Target, folder: Path, fence: Callable[[], None] = lambda: None
) -> FolderState:
    inventory = Path(project.root) / project.inventory
    return FolderState(folder, inventory, target.name, target.url, fence)


def _in_backend(
    project: Project, target: Target, secrets: SecretStore, lock: HeldLock | None = None
) -> LogState:
    backend = backend_of(project)
    fence, check = (lock.record.fence, lock.check) if lock else (0, _nothing)
    log = BackendLog(backend, target.name, fence=fence)
    return LogState(log, target.url, backend.wave, check, sign_key(project, secrets))


def sign_key(project: Project, secrets: SecretStore) -> bytes:
    """Return the key that signs the state; empty where there is none. Raises: SecretError."""
    key = project.state.sign_key
    return secrets.resolve(key).encode() if key else b""


def _nothing() -> None:
    """Allow everything: nothing can be written without the number of a lock."""
