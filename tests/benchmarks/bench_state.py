"""What a state costs: an apply of many edits over each place, and reading a large state for a plan.

Method:  a sandbox of N clients over HTTP in a process of its own. The real command changes the name
         of every client, three times for each place in turn, and the median counts; for Git the
         pushes are counted. Before that a checkpoint of 200,000 managed objects and 100,000 orders,
         as a million lines of a journal leave them, is read in a process of its own.
Run:     python -m tests.benchmarks.bench_state [N]
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.model.address import Address, ElementId
from reconciler.model.inventory import InventoryEntry
from reconciler.model.resource import Lifecycle, Scope
from reconciler.sandbox import seed
from reconciler.store.facts import Facts, write_checkpoint
from reconciler.store.inventory_entry import encode_entry
from tests.support.edited_clients import edit_and_apply, make_project
from tests.support.figures import figure
from tests.support.git_server import bare_repository, serve_git
from tests.support.postgres import PASSWORD, serve_postgres

ROUNDS = 3
ENTRIES, ORDERS, LINES = 200_000, 100_000, 1_000_000
# A process of its own, for its memory.
_READER = r"""
import re, sys, time
from pathlib import Path
from reconciler.store.facts import read_checkpoint
def highest():
    return int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]) >> 10
before, begun = highest(), time.perf_counter()
facts, count, _ = read_checkpoint(Path(sys.argv[1]).read_bytes())
managed = facts.managed()
taken = time.perf_counter() - begun
assert (len(managed), len(facts.made), count) == tuple(map(int, sys.argv[2:]))
print(taken, before, highest())
"""


def main(clients: int) -> None:
    """Measure, and print one line a figure."""
    _read_large_state()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        bare = bare_repository(root / "remotes" / "state.git")
        remote = stack.enter_context(serve_git(root / "remotes"))
        database = stack.enter_context(serve_postgres())
        address = database.url.replace(f":{PASSWORD}@", "@")
        places = {
            "folder": "state: file:.reconciler",
            "postgresql": f"state: {address}",
            "git": f'state: {{url: "git:refs/heads/state", remote: "{remote.url}/state.git"}}',
        }
        file = root / "panel.sqlite3"
        seed(file, clients=clients, seed=7)
        serve = ("-m", "reconciler", "sandbox", "serve", "--database", str(file), "--port", "0")
        server = subprocess.Popen([sys.executable, *serve], stdout=subprocess.PIPE)
        stack.callback(server.terminate)
        assert server.stdout is not None
        found = re.search(rb"http://\S+", server.stdout.readline())
        assert found is not None
        times: dict[str, list[float]] = {name: [] for name in places}
        for name, state in places.items():
            make_project(root / name, state, found[0].decode())
        pushes = 0
        for number in range(ROUNDS):
            for name in places:
                before = _pushes(bare)
                times[name].append(edit_and_apply(root / name, f"{name} {number}"))
                if name == "git":
                    pushes = _pushes(bare) - before
        figure(f"{clients} edits, state in git", pushes, "pushes", digits=0)
        usual = statistics.median(times["folder"])
        for name, each in times.items():
            median = statistics.median(each)
            figure(f"{clients} edits, state in {name}", median, "s")
            figure(f"{clients} edits, {name} to folder, ratio", median / usual)


def _pushes(bare: Path) -> int:
    words = ["git", "-C", str(bare), "rev-list", "--count", "--all"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return int(done.stdout or 0)


def _read_large_state() -> None:
    facts = Facts()
    for number in range(ENTRIES):
        scope = Scope("Discount", "", ElementId(str(number % 50_000 + 1)))
        fields = {"name": f"Discount {number}"}
        entry = InventoryEntry(scope, ElementId(str(number + 1)), fields, Lifecycle())
        facts.deltas[Address("Discount", f"d-{number}")] = encode_entry(entry)
    for number in range(ORDERS):
        facts.made[f"git:bench/service-{number}/1"] = str(number + 1)
        facts.lifecycles[Address("Service", f"service-{number}")] = Lifecycle("keep")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint"
        path.write_bytes(write_checkpoint(facts, LINES, "0" * 64))
        figure("large checkpoint", path.stat().st_size >> 20, "MiB", digits=0)
        words = [sys.executable, "-c", _READER, str(path), *map(str, (ENTRIES, ORDERS, LINES))]
        runs = [subprocess.check_output(words, text=True).split() for _ in range(ROUNDS)]
        taken, before, most = (
            statistics.median(map(float, each)) for each in zip(*runs, strict=True)
        )
        figure("read of a large checkpoint", taken, "s")
        figure("read of a large checkpoint, before it", before, "MiB", digits=0)
        figure("read of a large checkpoint, at most", most, "MiB", digits=0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
