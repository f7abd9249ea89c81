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
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from reconciler.sandbox import ADMIN, PASSPHRASE, Sandbox, audit
from tests.support.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECTIONS = 16
LATENCY_MS = 5
SERVER = """
import sys, uvicorn
from datetime import timedelta
from reconciler.sandbox import Sandbox
app = Sandbox(sys.argv[1], latency=timedelta(milliseconds=int(sys.argv[3])))
uvicorn.run(app, port=int(sys.argv[2]), log_level="critical", ws="none", lifespan="off")
"""
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
    bodies = [_body(asked.func, asked.params) for asked in list(audit(database))[before:]]
    ours, bare = [], []
    for _ in range(3):
        started = time.perf_counter()
        project.plan()
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        asyncio.run(_replay(url, bodies))
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


def _body(func: str, params: Mapping[str, str]) -> str:
    kept = {key: value for key, value in params.items() if key != "auth"}
    return urlencode({"func": func, **kept})


async def _replay(url: str, bodies: list[str]) -> None:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    login = urlencode({"authinfo": f"{ADMIN}:{PASSPHRASE}"})
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post(body: str) -> None:
            async with session.post(url, data=f"{body}&{login}", headers=headers) as answer:
                await answer.read()

        await asyncio.gather(*(post(body) for body in bodies))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
