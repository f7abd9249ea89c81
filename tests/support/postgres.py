"""A PostgreSQL server on loopback, started for the tests from Debian's package.

Where it is not installed, root gets it from Debian, without the server that the package would
start. A machine without it skips these tests, and says so; where ``RECONCILER_REQUIRE_POSTGRES`` is
set, as ``.ci/run`` does, they fail there.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE = "state"
USER = "runner"
PASSWORD = "correct-horse"
ADMIN = "postgres"
# Seconds for a server to start or stop.
_BOUND = 60
_INSTALLED = "/usr/lib/postgresql/*/bin"
_CONFIG = Path("/etc/postgresql-common/createcluster.conf")


class PostgresServer:
    """A server with the database ``state``, which belongs to a user without further rights."""

    def __init__(self, programs: Path, folder: Path) -> None:
        """Make a cluster in a folder that belongs to the server's user."""
        self._programs = programs
        self.folder = folder
        self.data = folder / "data"
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The database, for the user that it belongs to."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{DATABASE}"

    def make(self) -> None:
        """Make the cluster, its user and its database, and start it."""
        password = self.folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        own(password)
        options = (f"--username={ADMIN}", "--auth=scram-sha-256", f"--pwfile={password}")
        run(
            self._programs / "initdb",
            *(f"--pgdata={self.data}", "--encoding=UTF8", "--locale=C", "--no-sync", *options),
        )
        self.start()
        self.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'", database="postgres")
        self.execute(f"CREATE DATABASE {DATABASE} OWNER {USER}", database="postgres")

    @contextmanager
    def replica(self) -> Iterator[PostgresServer]:
        """Yield a server that follows this one."""
        with _new_folder() as folder:
            copy = PostgresServer(self._programs, folder)
            source = f"host=127.0.0.1 port={self.port} user={ADMIN} password={PASSWORD}"
            run(
                self._programs / "pg_basebackup",
                *(f"--pgdata={copy.data}", f"--dbname={source}", "--write-recovery-conf"),
                *("--checkpoint=fast", "--no-sync"),
            )
            copy.start()
            try:
                yield copy
            finally:
                copy.stop(signal.SIGQUIT)

    def start(self, *settings: str) -> None:
        """Start the server, with settings such as ``fsync=off``."""
        every = (
            *("listen_addresses=127.0.0.1", f"port={self.port}", "shared_buffers=16MB"),
            *(f"unix_socket_directories={self.folder}", "max_connections=50", *settings),
        )
        words = [word for each in every for word in ("-c", each)]
        with (self.folder / "log").open("ab") as log:
            process = self._process = subprocess.Popen[bytes](
                [*_end_with_us(), self._programs / "postgres", "-D", self.data, *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                **_identity(),
            )
        end = time.monotonic() + _BOUND
        while True:
            try:
                self.execute("SELECT 1", database="postgres")
                return
            except psycopg.OperationalError:
                if process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server and its sessions; with SIGQUIT as if the power were cut."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(_BOUND)

    def execute(self, statement: str, *values: object, database: str = DATABASE) -> list[Any]:
        """Run a statement as administrator; return its rows."""
        with psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=ADMIN,
            password=PASSWORD,
            dbname=database,
            autocommit=True,
        ) as connection:
            done = connection.execute(statement.encode(), values or None)
            return done.fetchall() if done.description else []

    def end_sessions(self) -> int:
        """End every session of the state's user; return how many there were."""
        statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
        return len(self.execute(statement, USER))


@contextmanager
def serve_postgres() -> Iterator[PostgresServer]:
    """Yield a server, and remove it at the end."""
    programs = installed_programs()
    with _new_folder() as folder:
        server = PostgresServer(programs, folder)
        server.make()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)


def installed_programs() -> Path:
    """Return the folder with the programs of a server; install them where that is allowed."""
    found = _find()
    if found is None and os.getuid() == 0 and shutil.which("apt-get"):
        with (Path(tempfile.gettempdir()) / "postgres-install.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the tests run in several processes
            if _find() is None:
                install()
        found = _find()
    if found is None:
        refuse("PostgreSQL is not installed (on Debian: the package postgresql)")
    return found


def install() -> None:
    """Install Debian's package, without the server that it starts where there is none yet.

    Its common part reads whether to do so from a file of its own, which is put back afterwards.
    """
    _apt("update")
    _apt("install", "postgresql-common")
    before = _CONFIG.read_bytes()
    try:
        _CONFIG.write_bytes(before + b"\ncreate_main_cluster = false\n")
        _apt("install", "postgresql")
    finally:
        _CONFIG.write_bytes(before)


def _apt(command: str, *packages: str) -> None:
    words = ["apt-get", command, "-y", "-qq", "--no-install-recommends", *packages]
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        refuse(f"`{' '.join(words)}` failed: {done.stderr.strip()[-500:]}")


def refuse(reason: str) -> NoReturn:
    """Skip the test, or fail it where these tests must run."""
    if os.environ.get("RECONCILER_REQUIRE_POSTGRES"):
        pytest.fail(f"not tested with PostgreSQL: {reason}")
    pytest.skip(f"NOT TESTED WITH POSTGRESQL: {reason}")


def run(program: Path, *words: str) -> None:
    """Run a program of the server as its user."""
    subprocess.run(
        [program, *words],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
        **_identity(),
    )


@contextmanager
def _new_folder() -> Iterator[Path]:
    """Yield a folder in which a server can make files: those of pytest are root's alone."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        own(Path(name))
        yield Path(name)


def own(path: Path) -> None:
    """Give a file to the user that the server runs as."""
    if os.getuid() == 0:
        shutil.chown(path, user=_user())


def _identity() -> dict[str, Any]:
    """Return as whom a server runs: it refuses to run as root."""
    return {"user": _user(), "group": pwd.getpwnam(_user()).pw_gid} if os.getuid() == 0 else {}


def _end_with_us() -> tuple[str, ...]:
    """Return what ends a server when the tests are killed, where the system has that."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig=QUIT") if setpriv else ()


def _user() -> str:
    names = {each.pw_name for each in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _find() -> Path | None:
    found = sorted(Path("/").glob(f"{_INSTALLED[1:]}/initdb"), key=_version)
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


def _version(program: Path) -> float:
    try:
        return float(program.parent.parent.name)
    except ValueError:
        return 0.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
