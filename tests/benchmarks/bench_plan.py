"""A plan over HTTP against a bare client that sends the very same requests, in one run.

Method:  a sandbox in a process of its own, each answer 5 ms late; N clients with a discount and a
         tax rule each, made by an apply in process; then, three times each in turn, a plan by our
         own panel room and the same request bodies by a bare aiohttp client with as many
         connections. Reported: medians, and their ratio. Loading the manifests is timed apart.
Run:     python -m tests.benchmarks.bench_plan [N]
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.sandbox import Sandbox, audit
from tests.support.bare_client import LATENCY_MS, SERVER, replay, request_body
from tests.support.project import Project

CLIENT = """apiVersion: reconciler/v1
kind: Client
metadata: {{name: c{i}}}
spec:
  email: c{i}@x.example
  name: Client {i}
  provider: Main provider
  discounts: [{{name: d{i}, percentage: {share}, type: Percentage discount}}]
  taxRules: [{{name: t{i}, provider: Main provider, rate: 19}}]
"""


def main(clients: int) -> None:
    """Measure, and print one line a figure."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        database = root / "panel.sqlite3"
        with Sandbox(database, lag=timedelta(0)) as sandbox:
            project = Project(root, sandbox)
            project.write(
                "---\n".join(CLIENT.format(i=i, share=i % 50 + 1) for i in range(clients))
            )
            assert set(project.apply().values()) == {"verified"}
        started = time.perf_counter()
        project.context()
        loading = time.perf_counter() - started
        port = 18_900
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(database), str(port), str(LATENCY_MS)]
        )
        try:
            time.sleep(2)
            _measure(project, database, f"http://127.0.0.1:{port}/billmgr", loading)
        finally:
            server.terminate()
            server.wait()


def _measure(project: Project, database: Path, url: str, loading: float) -> None:
    project.app = None
    project.target = replace(project.target, url=url)
    before = len(audit(database))
    assert project.plan().empty
    bodies = [request_body(asked.func, asked.params) for asked in list(audit(database))[before:]]
    ours, bare = [], []
    for _ in range(3):
        started = time.perf_counter()
        project.plan()
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        asyncio.run(replay(url, bodies))
        bare.append(time.perf_counter() - started)
    plan, floor = statistics.median(ours), statistics.median(bare)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    resources = len(project.context().desired)
    print(f"resources            {resources}")
    print(f"requests             {len(bodies)}")
    print(f"load manifests       {loading:.2f} s")
    print(f"plan, with loading   {plan:.2f} s")
    print(f"bare client          {floor:.2f} s")
    print(f"ratio                {plan / floor:.2f}")
    print(f"largest memory       {memory:.0f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
