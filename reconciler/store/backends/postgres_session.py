"""A session with a PostgreSQL server: opened when it is needed, opened anew when it breaks.

Invariants: no exception of the library leaves this module, and no credential stands in a message. A
session commits durably, reads no replica, and waits for nothing without a bound.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import conninfo

from reconciler.errors import StoreError, UncertainError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg.abc import RV, PQGen

T = TypeVar("T")

OLDEST_SERVER = 130000
# Seconds. Nothing of an answer in that time: the server or the network hangs. What the server waits
# for itself (another session's commit) ends earlier, with a reason.
SILENCE = 30.0
# Seconds in which a session that broke is opened anew, and the first wait between two attempts.
PATIENCE = 10.0
_FIRST_WAIT = 0.1
_LONGEST_WAIT = 2.0
# A network that is gone is noticed in about 20 seconds, on an idle connection, too.
_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "20000",
    "client_encoding": "UTF8",
    "fallback_application_name": "reconciler",
}
# One request checks the server and sets the session, whatever the server's or the user's defaults
# are. Parallel plans would give rows in any order, and compiled ones cost more than they save here.
_OPENING = b"""
SELECT current_setting('server_version_num')::integer, pg_is_in_recovery(),
    current_setting('fsync') = 'on', set_config(name, value, false)
FROM (VALUES
    ('synchronous_commit', 'on'), ('default_transaction_isolation', 'read committed'),
    ('lock_timeout', '20s'), ('statement_timeout', '5min'),
    ('idle_in_transaction_session_timeout', '60s'), ('client_min_messages', 'warning'),
    ('max_parallel_workers_per_gather', '0'), ('jit', 'off')
) AS settings (name, value)
"""
_REMEDIES = {
    "25006": "name the server that takes writes",
    "42501": "grant that right to the user of the state",
    "53100": "make room on the server's disk",
    "55P03": "look in pg_stat_activity for the session that holds the tables, and end it",
    "57014": "look in pg_stat_activity for what the server is busy with",
}
# What stands there is not what a version of ours made.
_DAMAGED = frozenset({"3F000", "42P01", "42703", "42883", "42804", "22023"})


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """Where a database is: ``place`` for messages, ``conninfo`` for libpq, with credentials."""

    place: str
    conninfo: str

    def __repr__(self) -> str:
        """Return the place alone."""
        return f"PostgresAddress({self.place!r})"


def parse_url(url: str) -> PostgresAddress:
    """Read a URL as libpq does.

    Shape:  ``postgresql://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE[?OPTIONS]``.
    Raises: UsageError, which never quotes the URL.
    """
    wrong = UsageError(
        "the URL of a PostgreSQL database is postgresql://HOST/DATABASE, and every sign of a user "
        "or password that is no letter or digit is written in it as %XX: leave the password out "
        "and set PGPASSWORD"
    )
    if not url.startswith(("postgresql://", "postgres://")) or not url.isprintable():
        raise wrong
    try:
        given = {name: str(value) for name, value in conninfo.conninfo_to_dict(url).items()}
    except (psycopg.Error, UnicodeError):
        raise wrong from None
    host, port, database = (given.get(name, "") for name in ("host", "port", "dbname"))
    # A password with a slash or an at sign in it ends up in these.
    if "@" in host[1:] + database or port.strip("0123456789,"):
        raise wrong
    defaults = dict(_DEFAULTS)
    if "," in host:
        defaults["target_session_attrs"] = "read-write"
    return PostgresAddress(
        _place(host, port, database), conninfo.make_conninfo(**{**defaults, **given})
    )


def _place(host: str, port: str, database: str) -> str:
    """Return the URL without user, password and options; a socket's folder is an option."""
    if host.startswith(("/", "@")):
        return f"postgresql:///{database}?host={host}{f'&port={port}' if port else ''}"
    names = [f"[{name}]" if ":" in name else name for name in host.split(",")]
    ports = [f":{number}" if number else "" for number in port.split(",")]
    if len(ports) == 1:
        ports *= len(names)
    servers = ",".join(map("".join, zip(names, ports, strict=False)))
    return f"postgresql://{servers}/{database}"


class PostgresConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that is given up when nothing comes for too long.

    A server whose process is stopped keeps its connections open, so the network reports nothing.
    """

    silence = SILENCE
    # Whether what runs now ran before, and may have taken effect.
    is_again = False

    def wait(self, gen: PQGen[RV], *rest: Any, **options: Any) -> RV:
        """Run what waits for the server, while the server says something."""
        return super().wait(self._bounded(gen), *rest, **options)

    def _bounded(self, gen: PQGen[RV]) -> PQGen[RV]:
        last = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = time.monotonic()
                if ready:
                    last = now
                elif now - last > self.silence:
                    message = f"no answer came for {self.silence:.0f} s"
                    self.pgconn.finish()
                    raise psycopg.OperationalError(message)
                wanted = gen.send(ready)
        except StopIteration as ended:
            result: RV = ended.value
            return result


class PostgresSession:
    """Runs statements, one caller at a time; what breaks is opened and run again."""

    def __init__(self, address: PostgresAddress) -> None:
        """Open nothing until a statement is to be run."""
        self._address = address
        self._connection: PostgresConnection | None = None
        self._is_closed = False
        self._mutex = threading.Lock()

    def run(self, work: Callable[[PostgresConnection], T]) -> T:
        """Run what may be run again after the connection broke.

        Raises: StoreError when it took no effect; UncertainError when that is unknown.
        """
        with self._mutex:
            deadline: float | None = None
            while True:
                connection = self._connected(deadline)
                try:
                    connection.is_again = deadline is not None
                    return work(connection)
                except (psycopg.Error, UnicodeError) as error:
                    if not connection.closed:
                        failure = UncertainError if deadline else StoreError
                        raise failure(self._refusal(error)) from error
                    if deadline is not None and time.monotonic() > deadline:
                        raise UncertainError(self._outage(error)) from error
                    deadline = deadline or time.monotonic() + PATIENCE
                except BaseException:
                    # An interrupt in the middle leaves a connection that is of no further use.
                    self._drop()
                    raise

    def close(self) -> None:
        """End the connection; whatever is to be run later is refused."""
        with self._mutex:
            self._is_closed = True
            self._drop()

    def _connected(self, deadline: float | None) -> PostgresConnection:
        """Return an open connection; before a deadline, try several times."""
        if self._is_closed:
            raise StoreError(f"{self._address.place} was closed by this run")
        if self._connection is not None and not self._connection.closed:
            return self._connection
        wait = _FIRST_WAIT
        while True:
            try:
                self._connection = self._open()
                return self._connection
            except StoreError as error:
                if deadline is None:
                    raise
                if time.monotonic() + wait > deadline:
                    raise UncertainError(str(error)) from error
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def _open(self) -> PostgresConnection:
        place = self._address.place
        try:
            connection = PostgresConnection.connect(self._address.conninfo, autocommit=True)
        except (psycopg.Error, UnicodeError) as error:
            raise StoreError(self._outage(error)) from error
        try:
            # The same answer in each row: there is one for each setting.
            version, is_replica, is_durable, _ = connection.execute(_OPENING).fetchall()[0]
        except psycopg.Error as error:
            connection.close()
            raise StoreError(self._outage(error)) from error
        except BaseException:
            connection.close()
            raise
        unfit = ""
        if version < OLDEST_SERVER:
            unfit = f"runs PostgreSQL {version // 10000}: 13 or newer is needed"
        elif is_replica:
            unfit = "is a replica, whose answers may be late: name the server that takes writes"
        elif not is_durable:
            unfit = (
                "forgets what it wrote when its machine stops, because fsync is off: run "
                "`ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf()` there"
            )
        if unfit:
            connection.close()
            raise StoreError(f"{place} {unfit}")
        return connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _outage(self, error: Exception) -> str:
        return (
            f"{self._address.place} cannot be reached: {_reason(error)}: check the URL, PGUSER and "
            "PGPASSWORD, and that the server runs"
        )

    def _refusal(self, error: Exception) -> str:
        place, state = self._address.place, getattr(error, "sqlstate", None)
        if state in _DAMAGED:
            return (
                f"{place} holds what no version of reconciler wrote: {_reason(error)}: restore the "
                "schema from a backup"
            )
        remedy = _REMEDIES.get(state or "", "")
        return f"{place} refused: {_reason(error)}{f': {remedy}' if remedy else ''}"


def _reason(error: Exception) -> str:
    """Return the first line of what the server or the library says."""
    primary = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    lines = (primary or str(error)).strip().splitlines() or [type(error).__name__]
    return lines[0].strip()[:300]
