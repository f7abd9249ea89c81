"""Loading and validating manifests: read anew and from the cache, against the parser's own events.

Method:  N resources of twelve lines (a client, a discount and a tax rule each), in files of three
         and of three hundred documents. In one process, in turn, five times: the events of the C
         parser, read and dropped; a load that reads everything and keeps it for a cache; a load
         from that cache. Reported: medians of processor time a resource, and their ratio to the
         events. Then the command `validate` three times each without a cache, and with one.
         The curve is the time a resource at a quarter, at N and at four times N.
Run:     python -m tests.benchmarks.bench_load [N]
"""

from __future__ import annotations

import gc
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ruamel.yaml.events import StreamEndEvent

from reconciler.kinds.catalogue import Catalogue, discover
from reconciler.manifest.load.loader import load_manifests
from reconciler.manifest.load.parsed_files import ParsedFiles
from reconciler.manifest.yaml.parser import next_event
from reconciler.store.manifest_cache import ManifestCache
from tests.support.figures import figure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROJECT = """apiVersion: reconciler/v1
kind: Project
metadata: {name: bench}
spec:
  manifests: [manifests]
  targets: {sandbox: {url: "sandbox:.reconciler/sandbox.sqlite3"}}
"""
DOCUMENTS = """apiVersion: reconciler/v1
kind: Client
metadata:
  name: c{i}
  labels: {{segment: agency}}
spec:
  email: c{i}@x.example
  name: Client {i}
  provider: Main provider
  country: DE
  phone: "+49 30 1234567"
  label: agency
---
apiVersion: reconciler/v1
kind: Discount
metadata:
  name: c{i}-spring
  labels: {{segment: agency}}
spec:
  client: c{i}
  percentage: 15
  type: Percentage discount
  periods: [12]
  from: 2026-01-01
  note: agreed in January
---
apiVersion: reconciler/v1
kind: TaxRule
metadata:
  name: c{i}-vat
  labels:
    segment: agency
spec:
  client: c{i}
  provider: Main provider
  rate: 19
  productTypes:
    - Domain name
    - Virtual server
"""
KINDS = 3


def main(resources: int) -> None:
    """Measure, and print one line a figure."""
    catalogue = discover()
    with project(resources // KINDS, 1) as folder:
        report(f"{resources} in files of {KINDS}", measure(Path(folder), catalogue))
    curve = []
    for count in (resources // 4, resources, resources * 4):
        with project(count // KINDS, 100) as folder:
            curve.append(measure(Path(folder), catalogue, times=3))
        report(str(count), curve[-1])
    for way in curve[0]:
        figure(f"{way}, sixteen times as many, ratio", curve[-1][way] / curve[0][way])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figure("largest memory", memory, "MiB", digits=0)
    with project(resources // KINDS, 100) as folder:
        report_command(Path(folder), resources)


def project(clients: int, in_a_file: int) -> TemporaryDirectory[str]:
    """Write a project with so many clients."""
    folder: TemporaryDirectory[str] = TemporaryDirectory()
    root = Path(folder.name)
    (root / "reconciler.yaml").write_text(PROJECT, encoding="utf-8")
    (root / "manifests").mkdir()
    for at in range(0, clients, in_a_file):
        numbers = range(at, min(at + in_a_file, clients))
        text = "---\n".join(DOCUMENTS.format(i=i) for i in numbers)
        (root / "manifests" / f"{at:07}.yaml").write_text(text, encoding="utf-8")
    return folder


def measure(root: Path, catalogue: Catalogue, *, times: int = 5) -> Mapping[str, float]:
    """Return the processor time that each way takes a resource, in µs."""
    texts = [path.read_text(encoding="utf-8") for path in (root / "manifests").iterdir()]
    cache = ManifestCache(root / "cache", root, catalogue)
    declared: set[int] = set()

    def events() -> None:
        for text in texts:
            step = next_event(text)
            while type(step()) is not StreamEndEvent:
                pass

    def load(files: ParsedFiles) -> None:
        loaded = load_manifests(root, ["manifests"], catalogue, parsed=files)
        assert loaded.findings == ()
        if files.digest() is None:
            files.keep_digest("")
        cache.save(files)
        declared.add(len(loaded.desired))

    ways: Mapping[str, Callable[[], None]] = {
        "events": events,
        "read": lambda: load(ParsedFiles({})),
        "cached": lambda: load(cache.read()),
    }
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(times):
        for way, run in ways.items():
            gc.collect()
            started = time.process_time()
            run()
            taken[way].append(time.process_time() - started)
    (count,) = declared
    return {way: statistics.median(each) / count * 1e6 for way, each in taken.items()}


def report(name: str, figures: Mapping[str, float]) -> None:
    """Print the figures of one layout."""
    for way, each in figures.items():
        figure(f"{name}: {way}", each, "µs a resource", digits=1)
    for way in ("read", "cached"):
        figure(f"{name}: {way} to events, ratio", figures[way] / figures["events"])


def report_command(root: Path, resources: int) -> None:
    """Print what the whole command takes, start included."""
    bare = seconds([sys.executable, "-c", "pass"], root, {})
    figure("bare interpreter", bare * 1000, "ms", digits=0)
    for words, way in (("without a cache", "off"), ("from the cache", str(root / "cache"))):
        command = [sys.executable, "-m", "reconciler", "validate"]
        taken = seconds(command, root, {"RECONCILER_CACHE": way})
        figure(f"validate, {words}", taken * 1000, "ms", digits=0)
        figure(f"validate, {words}", (taken - bare) / resources * 1e6, "µs a resource", digits=1)


def seconds(command: list[str], root: Path, environ: Mapping[str, str]) -> float:
    """Return the median of the processor time that a command takes, after one run that warms up."""
    taken = []
    for _ in range(4):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            command, check=True, cwd=root, env={**os.environ, **environ}, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return statistics.median(taken[1:])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_002)
