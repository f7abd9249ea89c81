"""What a state in PostgreSQL costs: a batch of one line, and reading a million of them.

The server is one of this machine, on its disk, with ``fsync`` on.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.postgres import PostgresServer, serve_postgres
from tests.support.state_place import LockedRun, PostgresPlace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINE = b'{"type": "intent", "address": "Service/web-1", "params": "%s"}' % (b"x" * 240)
MILLION = 1_000_000
CHECKPOINT = os.urandom(1 << 20) * 80
# A process of its own, for its memory.
READER = r"""
import re, sys, time
from pathlib import Path
from reconciler.store.backends.postgres import PostgresBackend
backend = PostgresBackend(sys.argv[1], schema=sys.argv[2])
backend.load("none")
def highest():
    return int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]) >> 10
before, begun = highest(), time.perf_counter()
found = backend.load("production")
taken = time.perf_counter() - begun
print(f"{len(found.lines):,} lines and {len(found.checkpoint or b'') >> 20} MiB of checkpoint: "
      f"{taken:.2f} s, {before} MiB before and {highest()} MiB at most")
"""


@pytest.fixture
def place() -> Iterator[PostgresPlace]:
    """An empty schema of a server of its own."""
    with serve_postgres() as server:
        made = PostgresPlace(server)
        yield made
        made.close()


def test_batches_of_one_line(place: PostgresPlace, tmp_path: Path) -> None:
    """Beside a line in a file, forced to the same disk."""
    run = LockedRun(place.open())
    times = []
    for _ in range(1000):
        begun = time.perf_counter()
        run.write(LINE)
        times.append(time.perf_counter() - begun)
    _print("a batch of one line", times)

    times = []
    with (tmp_path / "journal").open("ab", buffering=0) as file:
        for _ in range(1000):
            begun = time.perf_counter()
            file.write(LINE)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begun)
    _print("a line in a file, with fdatasync", times)


def test_million_lines(place: PostgresPlace) -> None:
    """Written at once, read behind an empty checkpoint, covered by a large one, read again."""
    run = LockedRun(place.open())
    begun = time.perf_counter()
    run.write(*[LINE] * MILLION)
    print(f"\n{MILLION:,} lines of {len(LINE)} bytes written: {time.perf_counter() - begun:.2f} s")
    _read(place.server, place.schema)
    begun = time.perf_counter()
    run.write(checkpoint=CHECKPOINT)
    print(f"a checkpoint of 80 MiB written: {time.perf_counter() - begun:.2f} s")
    run.write(*[LINE] * 100)
    _read(place.server, place.schema)
    begun = time.perf_counter()
    count = sum(1 for _ in run.backend.history(run.target))
    print(f"the history of {count:,} lines read: {time.perf_counter() - begun:.2f} s")


def _read(server: PostgresServer, schema: str) -> None:
    for _ in range(3):
        subprocess.run([sys.executable, "-c", READER, server.url, schema], check=True)


def _print(what: str, times: list[float]) -> None:
    parts = statistics.quantiles(times, n=100)
    print(f"\n{what}: median {parts[49] * 1000:.2f} ms, 99th {parts[98] * 1000:.2f} ms")
