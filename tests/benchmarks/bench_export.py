"""An export over HTTP against a bare client that sends the very same requests.

Method:  a sandbox in a process of its own, each answer 5 ms late, filled with N made-up clients;
         then an export in a process of its own, so that its memory is its own, and the same request
         bodies by a bare aiohttp client with as many connections. Reported: times and their ratio,
         the processor time of both clients, which other work on the machine moves least, requests
         against those that nobody can do without, and the largest memory.
Run:     python -m tests.benchmarks.bench_export [N]
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.kinds.catalogue import discover
from reconciler.project.init_files import write_project
from reconciler.sandbox import PASSPHRASE, audit
from tests.support.bare_client import LATENCY_MS, SERVER, replay, request_body
from tests.support.figures import figure

PORT = 18_901
EXPORT = """
import resource, sys
from reconciler.cli.main import main
code = main(["export", "--json", "--target", "http"])
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
sys.exit(code)
"""
TARGET = f"""  targets:
    http:
      url: http://127.0.0.1:{PORT}/billmgr
      auth: {{method: authinfo, username: admin, password: {{env: PANEL_PASSWORD}}}}
"""
# What a client takes whatever it has: its form, two side lists, whoami, and seven lists.
EACH = 11


def main(clients: int) -> None:
    """Measure, and print one line a figure."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        write_project(root, discover())
        (root / "manifests" / "clients" / "acme.yaml").unlink()
        project = root / "reconciler.yaml"
        text = project.read_text(encoding="utf-8")
        project.write_text(text.replace("  targets:\n", TARGET), encoding="utf-8")
        words = ["sandbox", "seed", "--clients", str(clients)]
        _command(root, f"from reconciler.cli.main import main; main({words!r})")
        database = root / ".reconciler" / "sandbox.sqlite3"
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(database), str(PORT), str(LATENCY_MS)]
        )
        try:
            time.sleep(2)
            _measure(root, database, clients)
        finally:
            server.terminate()
            server.wait()


def _measure(root: Path, database: Path, clients: int) -> None:
    before = len(audit(database))
    started = time.perf_counter()
    run = _command(root, EXPORT)
    ours = time.perf_counter() - started
    reported = json.loads(run.stdout)
    asked = list(audit(database))[before:]
    bodies = [request_body(each.func, each.params) for each in asked]
    started, idle = time.perf_counter(), time.process_time()
    asyncio.run(replay(f"http://127.0.0.1:{PORT}/billmgr", bodies))
    bare, bare_used = time.perf_counter() - started, time.process_time() - idle
    used, memory = map(float, run.stderr.split()[-2:])
    forms = reported["objects"] - reported["clients"]
    pages = -(-clients // 1000)
    floor = clients * EACH + forms + pages
    assert not reported["failures"], "an export that is not proved measures nothing"
    figure("clients", reported["clients"], digits=0)
    figure("objects", reported["objects"], digits=0)
    figure("requests", len(bodies), digits=0)
    figure("requests to unavoidable ones, ratio", len(bodies) / floor, digits=3)
    figure("export", ours, "s")
    figure("bare client", bare, "s")
    figure("export to bare client, ratio", ours / bare)
    figure("request of an export", used / len(bodies) * 1e6, "µs of its process", digits=0)
    figure("request of the bare client", bare_used / len(bodies) * 1e6, "µs of its process")
    figure("largest memory", memory / 1024, "MiB", digits=0)


def _command(root: Path, program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env={"PANEL_PASSWORD": PASSPHRASE, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
