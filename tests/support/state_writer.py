"""Somebody who holds a lock on a target's state and writes lines to it, as a run does."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import MovedError
from reconciler.model.lock import LockHolder
from reconciler.model.state import StateSettings
from reconciler.store.backends import open_backend
from reconciler.store.backends.protocol import Batch, Head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.store.backends.protocol import Backend

HOLDER = LockHolder(owner="ada", purpose="apply", host="runner-7", pid=4711, job="https://ci/1")


@dataclass
class StateWriter:
    """Writes behind the head that it has seen, under its lock."""

    backend: Backend
    fence: int
    target: str = "prod"
    head: Head = field(default_factory=Head)

    def batch(self, *lines: bytes, checkpoint: bytes | None = None) -> Batch:
        """Return the batch of some lines."""
        return Batch(self.head, behind(self.head, *lines), lines, checkpoint)

    def write(self, *lines: bytes, checkpoint: bytes | None = None) -> None:
        """Write lines."""
        batch = self.batch(*lines, checkpoint=checkpoint)
        self.backend.append(self.target, batch, self.fence)
        self.head = batch.after

    def write_patiently(self, *lines: bytes) -> None:
        """Write lines behind those that others write meanwhile."""
        while True:
            try:
                self.write(*lines)
                return
            except MovedError:
                self.reload()

    def reload(self) -> None:
        """See what others wrote."""
        self.head = self.backend.load(self.target).head


def behind(head: Head, *lines: bytes) -> Head:
    """Return the head to which lines lead."""
    for line in lines:
        digest = hashlib.sha256(head.digest.encode() + line).hexdigest()
        head = Head(head.count + 1, digest)
    return head


def lock(backend: Backend, *parts: str, target: str = "prod", lease: float = 60.0) -> StateWriter:
    """Take a lock, and return who holds it, who knows what is there."""
    record = backend.acquire(target, HOLDER, frozenset(parts), lease)
    return StateWriter(backend, record.fence, target, backend.load(target).head)


def race(url: str, roots: Mapping[str, Path], rounds: int) -> list[bytes]:
    """Let processes write to one state at once, each under a lock on a client of its own.

    ``roots`` are their projects by their names. Returns: the lines that each had to write.
    """
    processes = [
        subprocess.Popen([sys.executable, "-m", __name__, url, name, str(root), str(rounds)])
        for name, root in roots.items()
    ]
    assert [process.wait() for process in processes] == [0] * len(processes)
    return [f"{name} {number}".encode() for name in roots for number in range(rounds)]


def _write_in_a_race(url: str, name: str, root: str, rounds: str) -> None:
    backend = open_backend(StateSettings(url), Path(root))
    writer = lock(backend, name)
    for number in range(int(rounds)):
        writer.write_patiently(f"{name} {number}".encode())
    backend.release("prod", writer.fence)
    backend.close()


if __name__ == "__main__":
    _write_in_a_race(*sys.argv[1:])
