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
import platform
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
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], check=False, capture_output=True, text=True
    ).stdout.strip()
    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}")
    print(f"processors {os.cpu_count()}, load {os.getloadavg()[0]:.1f}, commit {commit}")
    print("\nµs a resource; the last two columns are read and cached, divided by events")
    print(f"\nfiles of  {'events':>8} {'read':>8} {'cached':>8}")
    for clients in (1, 100):
        with project(resources // KINDS, clients) as folder:
            report(f"{clients * KINDS:8}", measure(Path(folder), catalogue))
    print(f"\nresources {'events':>8} {'read':>8} {'cached':>8}")
    for count in (resources // 4, resources, resources * 4):
        with project(count // KINDS, 100) as folder:
            report(f"{count:9}", measure(Path(folder), catalogue, times=3))
    print(f"largest memory  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
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
    cells = " ".join(f"{figure:8.1f}" for figure in figures.values())
    ratios = [figures[way] / figures["events"] for way in ("read", "cached")]
    print(f"{name}  {cells}   {ratios[0]:.2f}, {ratios[1]:.2f}")


def report_command(root: Path, resources: int) -> None:
    """Print what the whole command takes, start included."""
    bare = seconds([sys.executable, "-c", "pass"], root, {})
    print(f"\nbare interpreter                {bare * 1000:8.0f} ms")
    for words, way in (("without a cache", "off"), ("from the cache", str(root / "cache"))):
        command = [sys.executable, "-m", "reconciler", "validate"]
        taken = seconds(command, root, {"RECONCILER_CACHE": way})
        each = (taken - bare) / resources * 1e6
        print(f"validate, {words:20}  {taken * 1000:8.0f} ms, {each:.1f} µs a resource")


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
