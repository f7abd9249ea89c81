"""The state of targets in a PostgreSQL database: tables in a schema of their own.

Invariants: a batch is one transaction, whose head and lock the server itself compares, and it is
durable before ``append`` returns; leases run by the server's clock alone. The renewals of a lock
have a connection of their own, so that no batch holds them up.
"""

from __future__ import annotations

import re
import uuid
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import LockedError, MovedError, StoreError, UncertainError, UsageError
from reconciler.model.lock import LockRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.model.lock import LockHolder
    from reconciler.store.backends.postgres_session import PostgresConnection, PostgresSession
    from reconciler.store.backends.protocol import Batch, Snapshot

T = TypeVar("T")
_SCHEMA = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")


class PostgresBackend:
    """Keeps the state of all targets of a project in one schema of a database.

    Source: PostgreSQL 13 or newer, spoken to directly or through a pooler in session mode.
    """

    wave = 1

    def __init__(self, url: str, *, schema: str = "reconciler") -> None:
        """Connect to nothing until something is asked.

        Shape:  ``postgresql://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE[?OPTIONS]``, as libpq reads
        it, which also takes the password from PGPASSWORD or a password file.
        Raises: UsageError when that is not the URL's shape, or when the library is not installed.
        """
        try:
            from reconciler.store.backends import postgres_session, postgres_tables
        except ImportError as error:
            raise UsageError(
                "state in PostgreSQL needs an extra: run pip install 'reconciler[postgres]'"
            ) from error
        if not _SCHEMA.fullmatch(schema):
            raise UsageError(f"a schema is named with letters, digits, _ and -, not {schema!r}")
        address = postgres_session.parse_url(url)
        self.place = address.place
        self._log = postgres_session.PostgresSession(address)
        self._locks = postgres_session.PostgresSession(address)
        self._tables = postgres_tables.PostgresTables(self.place, schema)
        # Whether the tables were seen once, in our format: nobody changes it while a lock is held.
        self._is_made = False

    def targets(self) -> tuple[str, ...]:
        """Return the targets that have lines or a checkpoint, sorted."""
        return self._read_made(self._log, self._tables.targets, ())

    def load(self, target: str) -> Snapshot:
        """Return the state of a target, with one request."""
        return self._read(self._log, lambda at: self._tables.load(at, target))

    def history(self, target: str) -> Iterator[bytes]:
        """Return every line from the first to the head; the archive is in the same table."""
        count = self._read_made(self._log, lambda at: self._tables.count(at, target), 0)
        size = self._tables.page_size
        for after in range(0, count, size):
            until = min(after + size, count)
            page = partial(self._tables.page, target=target, after=after, until=until)
            yield from self._read(self._log, page)

    def append(self, target: str, batch: Batch, fence: int) -> None:
        """Write a batch in one transaction; where the answer is lost, ask for it again.

        Raises: MovedError, LockedError, StoreError: nothing was written. UncertainError.
        """

        def write(connection: PostgresConnection) -> tuple[str, tuple[LockRecord, ...]]:
            if not self._check_made(connection):
                return "unlocked", ()
            result = self._tables.append(connection, target, batch, fence)
            is_there = result != "unlocked"
            return result, () if is_there else self._tables.locks(connection, target)

        try:
            result, records = self._log.run(write)
        except UncertainError as error:
            raise UncertainError(
                f"{error}; it is unknown whether the last entries of {target} were written"
            ) from error
        if result == "unlocked":
            raise self._lock_gone(target, fence, records)
        if result == "moved":
            raise MovedError(
                f"another run wrote to the state of {target} in {self.place} meanwhile: run the "
                "command again"
            )

    def locks(self, target: str) -> tuple[LockRecord, ...]:
        """Return the locks of a target, oldest first."""
        return self._read_made(self._locks, lambda at: self._tables.locks(at, target), ())

    def acquire(
        self, target: str, holder: LockHolder, parts: frozenset[str], lease: float
    ) -> LockRecord:
        """Take a lock; the first one of all makes the tables.

        Raises: LockedError, with the locks that are in the way.
        """
        wanted, token = LockRecord(0, holder, parts, lease), str(uuid.uuid4())

        def take(
            connection: PostgresConnection,
        ) -> tuple[LockRecord | None, tuple[LockRecord, ...]]:
            self._tables.prepare(connection)
            self._is_made = True
            return self._tables.acquire(connection, target, wanted, token=token)

        taken, others = self._read(self._locks, take)
        if taken is None:
            who = "; ".join(str(each) for each in others)
            message = f"another run holds the target {target} in {self.place} ({who})"
            raise LockedError(f"{message}: wait for it to end, or run `reconciler unlock`", others)
        return taken

    def renew(self, target: str, fence: int) -> None:
        """Begin the lease of a lock anew, by the server's clock."""

        def begin(connection: PostgresConnection) -> tuple[bool, tuple[LockRecord, ...]]:
            is_there = self._tables.renew(connection, target, fence)
            return is_there, () if is_there else self._tables.locks(connection, target)

        nothing: tuple[bool, tuple[LockRecord, ...]] = (False, ())
        is_there, records = self._read_made(self._locks, begin, nothing)
        if not is_there:
            raise self._lock_gone(target, fence, records)

    def release(self, target: str, fence: int, *, renewals: int | None = None) -> None:
        """Remove a lock, or with ``renewals`` one that was not renewed since."""
        remove = partial(self._tables.release, target=target, fence=fence, renewals=renewals)
        left: tuple[LockRecord, ...] = self._read_made(self._locks, remove, ())
        if left:
            raise LockedError(
                f"{left[0]} holds the target {target} in {self.place}, and renewed its lock: wait "
                "for it to end, or run `reconciler unlock`",
                left,
            )

    def close(self) -> None:
        """End the connections; whatever is asked later is a StoreError."""
        self._log.close()
        self._locks.close()

    def _read(self, session: PostgresSession, work: Callable[[PostgresConnection], T]) -> T:
        """Run what changes nothing, or is the same when it is done twice."""
        try:
            return session.run(work)
        except UncertainError as error:
            raise StoreError(str(error)) from error

    def _read_made(
        self, session: PostgresSession, work: Callable[[PostgresConnection], T], empty: T
    ) -> T:
        """Run the same where there are tables; else return what is there without any."""
        return self._read(session, lambda at: work(at) if self._check_made(at) else empty)

    def _check_made(self, connection: PostgresConnection) -> bool:
        self._is_made = self._is_made or self._tables.find_format(connection) > 0
        return self._is_made

    def _lock_gone(self, target: str, fence: int, records: tuple[LockRecord, ...]) -> LockedError:
        now = f": {records[-1]} holds one now" if records else ""
        message = f"lock {fence} of the target {target} in {self.place} is gone{now}"
        return LockedError(f"{message}; nothing more is sent", records)
