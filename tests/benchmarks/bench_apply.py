"""An apply of many independent edits over HTTP against a bare client that does the same work.

Method:  a sandbox in a process of its own, each answer 20 ms late, with N clients of which each
         gets another name. The real command applies them. Then a bare aiohttp client does for each
         client what no apply can leave out, a read, the write and a read after it, as many clients
         side by side as the command has writers. Both three times in turn; reported: medians.
         The floor is the same count of requests by their latency alone: no panel is that fast.
Run:     python -m tests.benchmarks.bench_apply [N]
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.model.target import Limits
from reconciler.sandbox import audit, seed
from tests.support.bare_client import SERVER, replay_in_turn, request_body
from tests.support.edited_clients import edit_and_apply, make_project
from tests.support.figures import figure

if TYPE_CHECKING:
    from reconciler.sandbox.oracle import AuditedRequest

PORT = 18_902
LATENCY_MS = 20
ROUNDS = 3
WRITERS = Limits().writes


def main(clients: int) -> None:
    """Measure, and print one line a figure."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        database = root / "panel.sqlite3"
        seed(database, clients=clients, seed=7)
        words = [SERVER, str(database), str(PORT), str(LATENCY_MS)]
        server = subprocess.Popen([sys.executable, "-c", *words])
        try:
            time.sleep(2)
            _measure(root, database, clients)
        finally:
            server.terminate()
            server.wait()


def _measure(root: Path, database: Path, clients: int) -> None:
    url = f"http://127.0.0.1:{PORT}/billmgr"
    make_project(root / "project", "state: file:.reconciler", url)
    ours, bare, sent = [], [], 0
    for number in range(ROUNDS):
        before = len(audit(database))
        ours.append(edit_and_apply(root / "project", f"of round {number}"))
        asked = list(audit(database))[before:]
        sent = len(asked)
        edits = _edits(asked)
        assert len(edits) == clients
        begun = time.perf_counter()
        asyncio.run(replay_in_turn(url, edits, side_by_side=WRITERS))
        bare.append(time.perf_counter() - begun)
    apply, client = statistics.median(ours), statistics.median(bare)
    floor = clients * 3 * LATENCY_MS / 1000 / WRITERS
    figure("edits", clients, digits=0)
    figure("requests", sent, digits=0)
    figure("requests to three for each edit, ratio", sent / clients / 3)
    figure("apply", apply, "s")
    figure("bare client", client, "s")
    figure("latency alone", floor, "s")
    figure("apply to bare client, ratio", apply / client)
    figure("apply to latency alone, ratio", apply / floor)


def _edits(asked: list[AuditedRequest]) -> list[list[str]]:
    """Return for each write the bodies of a read, of itself and of a read after it."""
    edits = []
    for each in asked:
        if each.params.get("sok") == "ok":
            read = request_body(each.func, {"elid": each.params["elid"]})
            edits.append([read, request_body(each.func, each.params), read])
    return edits


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
