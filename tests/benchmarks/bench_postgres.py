"""What a state in PostgreSQL costs: a batch of one line, and reading a million of them.

Method:  a server of this machine, on its disk, with ``fsync`` on. A thousand batches of one line,
         beside as many lines of a file that are forced to the same disk. Then a million lines are
         written at once, read in a process of its own, covered by a checkpoint of 80 MiB, and read
         again. Reported: medians.
Run:     python -m tests.benchmarks.bench_postgres
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.support.figures import figure
from tests.support.postgres import serve_postgres
from tests.support.state_place import LockedRun, PostgresPlace

if TYPE_CHECKING:
    from collections.abc import Callable

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
assert (len(found.lines), len(found.checkpoint or b"")) == tuple(map(int, sys.argv[3:]))
print(taken, highest())
"""


def main() -> None:
    """Measure, and print one line a figure."""
    with serve_postgres() as server:
        place = PostgresPlace(server)
        run = LockedRun(place.open())
        _write_single_lines(run)
        place.close()
    with serve_postgres() as server:
        place = PostgresPlace(server)
        run = LockedRun(place.open())
        _taken("write of a million lines", lambda: run.write(*[LINE] * MILLION))
        _read("read of a million lines", place, MILLION, 0)
        _taken("write of a checkpoint of 80 MiB", lambda: run.write(checkpoint=CHECKPOINT))
        run.write(*[LINE] * 100)
        _read("read of a checkpoint of 80 MiB", place, 100, len(CHECKPOINT))
        history = run.backend.history(run.target)
        _taken("read of the history", lambda: sum(1 for _ in history))
        place.close()


def _write_single_lines(run: LockedRun) -> None:
    ours = _times(lambda: run.write(LINE))
    with TemporaryDirectory() as folder, (Path(folder) / "journal").open("ab", buffering=0) as file:

        def append() -> None:
            file.write(LINE)
            os.fdatasync(file.fileno())

        plain = _times(append)
    figure("a batch of one line", statistics.median(ours) * 1000, "ms")
    figure("a line of a file, forced to the disk", statistics.median(plain) * 1000, "ms")


def _times(work: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(1000):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return times


def _taken(name: str, work: Callable[[], object]) -> None:
    begun = time.perf_counter()
    work()
    figure(name, time.perf_counter() - begun, "s")


def _read(name: str, place: PostgresPlace, lines: int, checkpoint: int) -> None:
    words = [READER, place.server.url, place.schema, str(lines), str(checkpoint)]
    runs = [subprocess.check_output([sys.executable, "-c", *words]).split() for _ in range(3)]
    taken, memory = (statistics.median(map(float, each)) for each in zip(*runs, strict=True))
    figure(name, taken, "s")
    figure(f"{name}, at most", memory, "MiB", digits=0)


if __name__ == "__main__":
    main()
