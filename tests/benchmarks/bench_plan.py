"""A plan over HTTP against a bare client that sends the very same requests, in one run.

Method:  a computed installation (``tests.support.many_clients``) in a process of its own, each
         answer 5 ms late; N clients with a discount and a tax rule each, one in a hundred changed.
         Three times each in turn: a plan on the clock of this machine, and the same request bodies
         by a bare aiohttp client over 16 connections. Reported: medians, and their ratio. The time
         of this process alone is there too: it hardly depends on what else the machine does.
Run:     python -m tests.benchmarks.bench_plan [N]
"""

from __future__ import annotations

import asyncio
import gc
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from reconciler.panel.clock import SystemClock
from tests.support.bare_client import LATENCY_MS, replay
from tests.support.clock import TODAY, InstantClock
from tests.support.figures import figure
from tests.support.many_clients import ManyClients, write_project
from tests.support.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from reconciler.planning.context import PlanContext

PORT = 18_900


class RunningClock(InstantClock):
    """The clock of this machine on the day of all tests: the panel's pace is measured by it."""

    def today(self) -> date:
        """Return the day of all tests."""
        return TODAY

    def now(self) -> float:
        """Return the seconds of this machine."""
        return time.monotonic()

    async def sleep(self, seconds: float, reason: str = "") -> None:
        """Wait."""
        await SystemClock().sleep(seconds, reason)


class MeasuredProject(Project):
    """A project whose collector of circles is set as a command sets it once all is loaded."""

    def context(self) -> PlanContext:
        """Load what a plan is made of."""
        gc.unfreeze()
        loaded = super().context()
        gc.freeze()
        gc.set_threshold(20_000)
        return loaded


def main(clients: int) -> None:
    """Measure, and print one line a figure."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        write_project(root, clients)
        bodies = _bodies(root, clients)
        program = [sys.executable, "-m", "tests.support.many_clients"]
        server = subprocess.Popen([*program, str(clients), str(PORT), str(LATENCY_MS)])
        try:
            time.sleep(2)
            _measure(root, f"http://127.0.0.1:{PORT}/billmgr", bodies)
        finally:
            server.terminate()
            server.wait()


def _bodies(root: Path, clients: int) -> list[str]:
    panel = ManyClients(clients)
    MeasuredProject(root, panel).plan()
    return panel.bodies


def _measure(root: Path, url: str, bodies: list[str]) -> None:
    project = MeasuredProject(root, None, clock=RunningClock())
    project.target = replace(project.target, url=url)
    loads, ours, bare = [], [], []
    for _ in range(3):
        loads.append(_timed(project.context))
        ours.append(_timed(project.plan))
        bare.append(_timed(lambda: asyncio.run(replay(url, bodies))))
    load, plan, floor = (_median(each) for each in (loads, ours, bare))
    resources = len(project.context().desired)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = (plan[1] - load[1]) / len(bodies)
    figure("resources", resources, digits=0)
    figure("requests", len(bodies), digits=0)
    for name, (wall, own) in (("load", load), ("plan with loading", plan), ("bare client", floor)):
        figure(name, wall, "s")
        figure(f"{name}, this process", own, "s")
    figure("request of a plan without loading", spent * 1e6, "µs of this process", digits=0)
    figure("plan to bare client, ratio", plan[0] / floor[0])
    figure("plan to bare client, of processes, ratio", plan[1] / floor[1])
    figure("largest memory", memory, "MiB", digits=0)


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Return how long something takes: by the wall clock, and of this process alone."""
    wall, own = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - own


def _median(times: list[tuple[float, float]]) -> tuple[float, float]:
    walls, own = zip(*times, strict=True)
    return statistics.median(walls), statistics.median(own)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
