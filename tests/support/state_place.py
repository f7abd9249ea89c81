"""Places where the state of targets is kept, and runs that write there.

A backend joins the contract suite by a class that satisfies ``StatePlace``, and by a fixture in
``tests/contract/state/conftest.py``.
"""

from __future__ import annotations

import hashlib
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from reconciler.errors import MovedError
from reconciler.model.lock import LockHolder
from reconciler.model.state import StateSettings
from reconciler.store.backends import open_backend
from reconciler.store.backends.postgres import PostgresBackend
from reconciler.store.backends.protocol import Batch, Head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.lock import LockRecord
    from reconciler.store.backends.protocol import Backend
    from tests.support.postgres import PostgresServer

TARGET = "production"


class StatePlace(Protocol):
    """A place that is empty at first, and what a test does to it behind a backend's back."""

    def open(self) -> Backend:
        """Return a backend of its own, as each run on each machine has one."""
        ...

    def contents(self) -> object:
        """Return all that is kept there, to be compared; something false when it is nothing."""
        ...

    def write_newer_format(self) -> None:
        """Say in the place that version 9.9.9 of reconciler wrote it in a newer format."""
        ...

    def close(self) -> None:
        """Close the backends, and remove what is kept there."""
        ...


class PostgresPlace:
    """A schema of a server of the tests."""

    def __init__(self, server: PostgresServer) -> None:
        """Name a schema that is not there yet."""
        self.server = server
        self.schema = f"state-{secrets.token_hex(4)}"
        self._opened: list[PostgresBackend] = []

    def open(self, url: str = "") -> PostgresBackend:
        """Return a backend of its own; ``url`` is another way to the same server."""
        backend = PostgresBackend(url or self.server.url, schema=self.schema)
        self._opened.append(backend)
        return backend

    def contents(self) -> object:
        """Return the rows of all tables, and what else is in the schema."""
        tables = self.server.execute(
            "SELECT relname, relkind::text FROM pg_class WHERE relnamespace = "
            "(SELECT oid FROM pg_namespace WHERE nspname = %s) ORDER BY relname",
            self.schema,
        )
        rows = {name: self.rows(name) for name, kind in tables if kind == "r"}
        return [tables, rows] if tables else []

    def rows(self, table: str) -> list[tuple[object, ...]]:
        """Return the rows of a table."""
        return sorted(self.execute(f"TABLE {{}}.{table}"), key=repr)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement as administrator; ``{}`` is the schema."""
        return self.server.execute(statement.replace("{}", f'"{self.schema}"'))

    def write_newer_format(self) -> None:
        """Say that a newer version changed the tables."""
        self.execute("UPDATE {}.format SET version = 2, written_by = '9.9.9'")

    def close(self) -> None:
        """Close the backends, and drop the schema."""
        for backend in self._opened:
            backend.close()
        self.server.execute("SET client_min_messages TO warning")
        self.execute("DROP SCHEMA IF EXISTS {} CASCADE")


@dataclass(slots=True)
class LockedRun:
    """A run that holds a lock, and writes behind the head that it has seen."""

    backend: Backend
    target: str = TARGET
    parts: frozenset[str] = frozenset()
    head: Head = field(init=False)
    lock: LockRecord = field(init=False)

    def __post_init__(self) -> None:
        """Take the lock, and look where the log ends."""
        self.lock = self.backend.acquire(self.target, holder(), self.parts, 60.0)
        self.reload()

    @property
    def fence(self) -> int:
        """The number of its lock."""
        return self.lock.fence

    def write(self, *lines: bytes, checkpoint: bytes | None = None) -> Head:
        """Append a batch; return the new end of the log."""
        batch = follow(self.head, *lines, checkpoint=checkpoint)
        self.backend.append(self.target, batch, self.lock.fence)
        self.head = batch.after
        return self.head

    def write_patiently(self, *lines: bytes) -> None:
        """Append a batch, behind what others wrote in the meantime."""
        while True:
            try:
                self.write(*lines)
                return
            except MovedError:
                self.reload()

    def reload(self) -> None:
        """Look again where the log ends."""
        self.head = self.backend.load(self.target).head

    def end(self) -> None:
        """Give the lock back."""
        self.backend.release(self.target, self.lock.fence)


def holder(purpose: str = "apply") -> LockHolder:
    """Return who holds the lock of a test."""
    return LockHolder(owner="anna", purpose=purpose, host="runner-1", pid=4711)


def follow(before: Head, *lines: bytes, checkpoint: bytes | None = None) -> Batch:
    """Return a batch whose digests depend on every line before, as those of a journal do."""
    digest = before.digest
    for line in lines:
        digest = hashlib.sha256(digest.encode() + line).hexdigest()
    return Batch(before, Head(before.count + len(lines), digest), lines, checkpoint)


def lock(backend: Backend, *parts: str, target: str = TARGET) -> LockedRun:
    """Return a run with a lock on clients, or on the whole of a target."""
    return LockedRun(backend, target, frozenset(parts))


def race(url: str, roots: Mapping[str, Path], rounds: int) -> list[bytes]:
    """Let processes write to one state at once, each under a lock on a client of its own.

    ``roots`` are their projects by their names. Returns: the lines that they had to write.
    """
    processes = [
        subprocess.Popen([sys.executable, "-m", __name__, url, name, str(root), str(rounds)])
        for name, root in roots.items()
    ]
    assert [process.wait() for process in processes] == [0] * len(processes)
    return [f"{name} {number}".encode() for name in roots for number in range(rounds)]


def _write_in_a_race(url: str, name: str, root: str, rounds: str) -> None:
    backend = open_backend(StateSettings(url), Path(root))
    run = lock(backend, name)
    for number in range(int(rounds)):
        run.write_patiently(f"{name} {number}".encode())
    run.end()
    backend.close()


if __name__ == "__main__":
    _write_in_a_race(*sys.argv[1:])
