"""The statements on the tables of a state in PostgreSQL, and how the tables are made.

Invariants: reading makes nothing; each statement reads one moment; tables of a newer format stay as
they are. The tables, and the functions that write to them, stand in the files ``postgres_N.sql``,
one for each format.
"""

from __future__ import annotations

import io
import json
from contextlib import closing
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from psycopg import errors, sql

import reconciler
from reconciler.errors import StoreError
from reconciler.model.lock import LockHolder, LockRecord
from reconciler.store.backends.postgres_session import SILENCE
from reconciler.store.backends.protocol import Head, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.store.backends.postgres_session import PostgresConnection
    from reconciler.store.backends.protocol import Batch

# The statements that lead from each format to the next.
STEPS = tuple(
    (files("reconciler.store.backends") / f"postgres_{number}.sql").read_bytes() for number in (1,)
)
# What is larger, in bytes, is sent in pieces of a quarter of a megabyte, as the checkpoint is kept:
# whole, it would stand in memory several times on both sides.
_ONE_MESSAGE = 8 << 20
_PIECE = 256 << 10
# Seconds that a server may be busy with such a batch without a word.
_LONG_SILENCE = 300.0

# In the texts below, ``{schema}`` is the quoted name of the schema, and ``{record}`` these columns.
_RECORD = """json_build_array(fence, holder, parts, lease, renewals,
    extract(epoch FROM clock_timestamp() - renewed) >= lease, token)::text"""
# Lines come joined, 128 at a time: a row for each would cost more than its bytes.
_LINES = """
SELECT 'lines', start, '', joined
FROM {bounds}, generate_series(after / 128 * 128, until - 1, 128) AS start, LATERAL (
    SELECT string_agg(content, '\\x0a'::bytea ORDER BY number) AS joined FROM {schema}.line
    WHERE target = %(target)s
        AND number > greatest(after, start) AND number <= least(until, start + 128)
) AS each WHERE joined IS NOT NULL
"""
_PAGE = _LINES.replace(
    "{bounds}", "(SELECT %(after)s::bigint AS after, %(until)s::bigint AS until) AS bounds"
)
_BEHIND_CHECKPOINT = """(
    SELECT covered AS after, count AS until FROM {schema}.head WHERE target = %(target)s
) AS bounds"""
_LOAD = """
SELECT 'format', version::bigint, written_by, NULL::bytea FROM {schema}.format
UNION ALL SELECT 'head', count, digest, NULL FROM {schema}.head WHERE target = %(target)s
UNION ALL SELECT 'covered', covered, '', NULL FROM {schema}.head WHERE target = %(target)s
UNION ALL SELECT 'piece', piece, '', content FROM (
    SELECT piece, content FROM {schema}.checkpoint WHERE target = %(target)s ORDER BY piece
) AS pieces
UNION ALL SELECT 'lock', fence, {record}, NULL FROM {schema}.lock WHERE target = %(target)s
UNION ALL {lines}
""".replace("{lines}", _LINES).replace("{bounds}", _BEHIND_CHECKPOINT)
_FORMAT = "SELECT version, written_by FROM {schema}.format"
_NO_FORMAT = "has no row in its table `format`"
_TARGETS = "SELECT target FROM {schema}.head"
_COUNT = "SELECT count FROM {schema}.head WHERE target = %(target)s"
_LOCKS = "SELECT {record} FROM {schema}.lock WHERE target = %(target)s ORDER BY fence"
_ACQUIRE = """
SELECT {record}
FROM {schema}.acquire(%(format)s, %(target)s, %(holder)s, %(parts)s, %(lease)s, %(token)s)
"""
_RENEW = "SELECT {schema}.renew(%(target)s, %(fence)s)"
_RELEASE = "SELECT {record} FROM {schema}.release(%(target)s, %(fence)s, %(renewals)s)"
_APPEND = """
SELECT {schema}.append(%(target)s, %(fence)s, %(count)s, %(digest)s, %(after)s, %(reached)s,
    %(last)b, %(lines)b, %(checkpoint)b, %(is_staged)s, %(has_checkpoint)s, %(again)s)
"""


class PostgresTables:
    """The statements on the tables of one schema; each method runs on a connection."""

    page_size = 8192  # lines of a history that are read at once

    def __init__(self, place: str, schema: str) -> None:
        """Name a schema; ``place`` is for messages."""
        self._place = place
        self._schema = schema
        self._built: dict[str, bytes] = {}

    def find_format(self, connection: PostgresConnection) -> int:
        """Return the format of the tables, 0 where there are none.

        Raises: StoreError for a newer format, and for tables of something else.
        """
        names = {
            "table": sql.Identifier(self._schema, "format").as_string(),
            "schema": sql.Identifier(self._schema).as_string(),
        }
        found, has_others = _row(
            connection.execute(
                b"SELECT to_regclass(%(table)s) IS NOT NULL, EXISTS ("
                b"SELECT FROM pg_class WHERE relnamespace = to_regnamespace(%(schema)s))",
                names,
            ).fetchone()
        )
        if not found:
            if has_others:
                raise self._damaged("has tables, but no table `format`")
            return 0
        statement = self._statement(_FORMAT)
        rows = connection.execute(statement).fetchall()
        if len(rows) != 1:
            raise self._damaged(_NO_FORMAT)
        return self._check_format(*rows[0])

    def prepare(self, connection: PostgresConnection) -> None:
        """Make the tables, or bring them to our format; two runs at once do it once."""
        if self.find_format(connection) == len(STEPS):
            return
        names = {"schema": self._schema}
        with connection.transaction():
            connection.execute(
                b"SELECT pg_advisory_xact_lock(hashtextextended(%(schema)s, 0))", names
            )
            found = self.find_format(connection)
            there = connection.execute(
                b"SELECT FROM pg_namespace WHERE nspname = %(schema)s", names
            ).fetchone()
            if there is None:
                connection.execute(self._statement("CREATE SCHEMA {schema}"))
            connection.execute(self._statement("SET LOCAL search_path TO {schema}"))
            for step in STEPS[found:]:
                connection.execute(step)
            connection.execute(
                b"INSERT INTO format (version, written_by) VALUES (%s, %s) "
                b"ON CONFLICT ((true)) DO UPDATE "
                b"SET version = excluded.version, written_by = excluded.written_by",
                [len(STEPS), reconciler.__version__],
            )

    def load(self, connection: PostgresConnection, target: str) -> Snapshot:
        """Return the state of a target with one request; empty where there are no tables."""
        reading, version = _Reading(), 0
        try:
            cursor = connection.cursor(binary=True)
            stream: Any = cursor.stream(self._statement(_LOAD), {"target": target})
            with closing(stream) as rows:
                for kind, number, text, content in rows:
                    if kind == "format":
                        version = self._check_format(number, text)
                    else:
                        reading.add(kind, number, text, content)
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            if self.find_format(connection) == 0:
                return Snapshot()
            raise
        if not version:
            raise self._damaged(_NO_FORMAT)
        found = reading.snapshot()
        if found is None:
            raise self._damaged(f"lacks a part of the state of {target}")
        return found

    def targets(self, connection: PostgresConnection) -> tuple[str, ...]:
        """Return the targets that have lines or a checkpoint, sorted."""
        rows = connection.execute(self._statement(_TARGETS)).fetchall()
        return tuple(sorted(target for (target,) in rows))

    def count(self, connection: PostgresConnection, target: str) -> int:
        """Return how many lines the log of a target has."""
        row = connection.execute(self._statement(_COUNT), {"target": target}).fetchone()
        return int(row[0]) if row else 0

    def page(
        self, connection: PostgresConnection, target: str, *, after: int, until: int
    ) -> list[bytes]:
        """Return the lines behind a number, up to another one."""
        bounds = {"target": target, "after": after, "until": until}
        rows = connection.execute(self._statement(_PAGE), bounds, binary=True).fetchall()
        lines = [line for *_, joined in sorted(rows) for line in joined.split(b"\n")]
        if len(lines) != until - after:
            raise self._damaged(f"lacks lines of the state of {target}")
        return lines

    def append(self, connection: PostgresConnection, target: str, batch: Batch, fence: int) -> str:
        """Write a batch: ``written``, or why not, ``moved`` or ``unlocked``."""
        size = sum(map(len, batch.lines)) + len(batch.checkpoint or b"")
        is_staged = size > _ONE_MESSAGE
        values = {
            "target": target,
            "fence": fence,
            "count": batch.before.count,
            "digest": batch.before.digest,
            "after": batch.after.count,
            "reached": batch.after.digest,
            "last": batch.lines[-1] if batch.lines else None,
            "lines": None if is_staged else list(batch.lines) or None,
            "checkpoint": None if is_staged else batch.checkpoint,
            "is_staged": is_staged,
            "has_checkpoint": batch.checkpoint is not None,
            "again": connection.is_again,
        }
        connection.silence = _LONG_SILENCE if is_staged else SILENCE
        if is_staged:
            _stage(connection, batch)
        row = connection.execute(self._statement(_APPEND), values).fetchone()
        if is_staged:
            connection.execute(b"TRUNCATE pg_temp.staged")
        connection.silence = SILENCE
        return str(_row(row)[0])

    def locks(self, connection: PostgresConnection, target: str) -> tuple[LockRecord, ...]:
        """Return the locks of a target, oldest first."""
        return self._records(connection, _LOCKS, {"target": target})

    def acquire(
        self, connection: PostgresConnection, target: str, wanted: LockRecord, *, token: str
    ) -> tuple[LockRecord | None, tuple[LockRecord, ...]]:
        """Take a lock: return it, or None and those that are in the way."""
        values = {
            "format": len(STEPS),
            "target": target,
            "holder": _encode_holder(wanted.holder),
            "parts": sorted(wanted.parts),
            "lease": wanted.lease,
            "token": token,
        }
        rows = connection.execute(self._statement(_ACQUIRE), values).fetchall()
        own = [_read_record(text) for (text,) in rows if json.loads(text)[-1] == token]
        return (own[0], ()) if own else (None, tuple(_read_record(text) for (text,) in rows))

    def renew(self, connection: PostgresConnection, target: str, fence: int) -> bool:
        """Begin a lease anew; return whether the lock is there."""
        values = {"target": target, "fence": fence}
        return bool(_row(connection.execute(self._statement(_RENEW), values).fetchone())[0])

    def release(
        self, connection: PostgresConnection, target: str, fence: int, *, renewals: int | None
    ) -> tuple[LockRecord, ...]:
        """Remove a lock; return it where it was renewed since."""
        values = {"target": target, "fence": fence, "renewals": renewals}
        return self._records(connection, _RELEASE, values)

    def _records(
        self, connection: PostgresConnection, text: str, values: dict[str, object]
    ) -> tuple[LockRecord, ...]:
        rows = connection.execute(self._statement(text), values).fetchall()
        return tuple(_read_record(text) for (text,) in rows)

    def _statement(self, text: str) -> bytes:
        if text not in self._built:
            schema = sql.Identifier(self._schema).as_string()
            whole = text.replace("{record}", _RECORD).replace("{schema}", schema)
            self._built[text] = whole.encode()
        return self._built[text]

    def _check_format(self, version: int, written_by: str) -> int:
        if version > len(STEPS):
            raise StoreError(
                f"{self._place} was written by reconciler {written_by} in the newer format "
                f"{version}: update reconciler"
            )
        if version < 1:
            raise self._damaged(f"says that its format is {version}")
        return version

    def _damaged(self, how: str) -> StoreError:
        return StoreError(
            f"the schema {self._schema} of {self._place} {how}, and was left as it is: restore it "
            "from a backup"
        )


class _Reading:
    """What was read of the state of a target so far."""

    def __init__(self) -> None:
        self._head = Head()
        self._covered = 0
        self._checkpoint = io.BytesIO()
        self._pieces = 0
        self._lines: dict[int, list[bytes]] = {}
        self._locks: dict[int, LockRecord] = {}

    def add(self, kind: str, number: int, text: str, content: bytes) -> None:
        """Take in a row; the rows may come in any order."""
        match kind:
            case "head":
                self._head = Head(number, text)
            case "covered":
                self._covered = number
            case "piece":
                self._checkpoint.seek(number * _PIECE)
                self._checkpoint.write(content)
                self._pieces += 1
            case "lines":
                self._lines[number] = content.split(b"\n")
            case "lock":
                self._locks[number] = _read_record(text)
            case _:
                pass  # no row has another kind

    def snapshot(self) -> Snapshot | None:
        """Return the state that was read; None when a part of it is missing."""
        checkpoint = self._checkpoint.getvalue() if self._pieces else None
        lines = tuple(line for start in sorted(self._lines) for line in self._lines[start])
        is_whole = (
            len(lines) == self._head.count - self._covered
            and self._pieces == len(list(_pieces(checkpoint)))
            and (checkpoint is not None or not self._covered)
        )
        locks = tuple(self._locks[fence] for fence in sorted(self._locks))
        found = Snapshot(self._head, checkpoint, self._covered, lines, locks)
        return found if is_whole else None


def _stage(connection: PostgresConnection, batch: Batch) -> None:
    """Send a large batch into a table of this session, while nothing waits for it."""
    connection.execute(
        b"CREATE TEMPORARY TABLE IF NOT EXISTS staged "
        b"(is_line boolean, number bigint, content bytea)"
    )
    connection.execute(b"ALTER TABLE pg_temp.staged ALTER COLUMN content SET STORAGE EXTERNAL")
    connection.execute(b"TRUNCATE pg_temp.staged")
    with connection.cursor().copy(b"COPY pg_temp.staged FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["bool", "int8", "bytea"])
        for number, line in enumerate(batch.lines, 1):
            copy.write_row((True, number, line))
        for number, piece in enumerate(_pieces(batch.checkpoint)):
            copy.write_row((False, number, piece))


def _pieces(checkpoint: bytes | None) -> Iterator[memoryview]:
    if checkpoint is not None:
        view = memoryview(checkpoint)
        for start in range(0, max(len(view), 1), _PIECE):
            yield view[start : start + _PIECE]


def _row(row: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """Return the row of a statement that always gives one."""
    if row is None:
        raise errors.NoData("the server gave no row")
    return row


def _encode_holder(holder: LockHolder) -> str:
    """Return a holder as JSON in ASCII: a text of the server holds no half of a surrogate."""
    return json.dumps(
        {
            "owner": holder.owner,
            "purpose": holder.purpose,
            "host": holder.host,
            "pid": holder.pid,
            "started": holder.started.isoformat() if holder.started else None,
            "job": holder.job,
        }
    )


def _read_record(text: str) -> LockRecord:
    fence, holder, parts, lease, renewals, is_expired, _ = json.loads(text)
    return LockRecord(
        fence=fence,
        holder=_read_holder(holder),
        parts=frozenset(parts),
        lease=float(lease),
        renewals=renewals,
        expired=is_expired,
    )


def _read_holder(text: str) -> LockHolder:
    """Return who holds a lock; nobody known where somebody else wrote the row."""
    try:
        words = json.loads(text)
        started = words["started"]
        return LockHolder(
            owner=words["owner"],
            purpose=words["purpose"],
            host=words["host"],
            pid=words["pid"],
            started=started and datetime.fromisoformat(started).astimezone(UTC),
            job=words["job"],
        )
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
        return LockHolder()
