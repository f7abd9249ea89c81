"""Loading resources of a set against the same resources written out, in one run.

Method:  N clients with a label, each with a discount and a tax rule: declared by one ResourceSet,
         as documents of their own, and inline in their clients; each is loaded three times in
         turn. Reported: medians, and their ratios to the set.
Run:     python -m tests.benchmarks.bench_sets [N]
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.kinds.catalogue import discover
from reconciler.manifest.load.loader import load_manifests
from tests.support.figures import figure

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD = "apiVersion: reconciler/v1\n"
CLIENT = """kind: Client
metadata: {{name: c{i}, labels: {{segment: agency}}}}
spec:
  email: c{i}@x.example
  name: Client {i}
"""
INLINE = """  discounts:
    - {{name: c{i}-yearly, percentage: 15, type: Percentage discount, periods: [12]}}
  taxRules: [{{name: c{i}-vat, provider: Main provider, rate: 19}}]
"""
DOCUMENTS = """kind: Discount
metadata: {{name: c{i}-yearly, labels: {{segment: agency}}}}
spec: {{client: c{i}, percentage: 15, type: Percentage discount, periods: [12]}}
---
apiVersion: reconciler/v1
kind: TaxRule
metadata: {{name: c{i}-vat, labels: {{segment: agency}}}}
spec: {{client: c{i}, provider: Main provider, rate: 19}}
"""
SET = """apiVersion: reconciler/v1
kind: ResourceSet
metadata: {name: terms}
spec:
  clients: {labels: {segment: agency}}
  resources:
    - kind: Discount
      name: "{client}-yearly"
      spec: {percentage: 15, type: Percentage discount, periods: [12]}
    - kind: TaxRule
      name: "{client}-vat"
      spec: {provider: Main provider, rate: 19}
"""
IN_A_FILE = 500


def main(clients: int) -> None:
    """Measure, and print one line a figure."""
    catalogue = discover()
    with TemporaryDirectory() as folder:
        root = Path(folder)
        write(root / "set", [HEAD + CLIENT.format(i=i) for i in range(clients)])
        (root / "set" / "terms.yaml").write_text(SET, encoding="utf-8")
        texts = [HEAD + CLIENT + "---\n" + HEAD + DOCUMENTS] * clients
        write(root / "documents", [text.format(i=i) for i, text in enumerate(texts)])
        texts = [HEAD + CLIENT + INLINE] * clients
        write(root / "inline", [text.format(i=i) for i, text in enumerate(texts)])
        taken: Mapping[str, list[float]] = {"set": [], "documents": [], "inline": []}
        found = set()
        for _ in range(3):
            for way, times in taken.items():
                started = time.perf_counter()
                loaded = load_manifests(root, [way], catalogue)
                times.append(time.perf_counter() - started)
                assert loaded.findings == ()
                found.add(len(loaded.desired))
    assert len(found) == 1, "the three ways declare different things"
    seconds = {way: statistics.median(times) for way, times in taken.items()}
    figure("resources", found.pop(), digits=0)
    for way, each in seconds.items():
        figure(f"load, {way}", each, "s")
    for way in ("documents", "inline"):
        figure(f"set to {way}, ratio", seconds["set"] / seconds[way])


def write(folder: Path, documents: list[str]) -> None:
    """Write documents to files of some hundred each."""
    folder.mkdir()
    for at in range(0, len(documents), IN_A_FILE):
        text = "---\n".join(documents[at : at + IN_A_FILE])
        (folder / f"{at:06}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
