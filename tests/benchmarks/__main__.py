"""Run benchmarks one after another, each in a process of its own, and keep their figures.

Run:     python -m tests.benchmarks [--out FILE] [NAME ...], such as ``plan`` or ``export``
Ends:    with 1 if a benchmark failed. No figure is judged: what has to hold on every machine is
         counted, and asserted in tests (requests, imports, and calls as the resources grow).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.figures import ENVIRON, machine, read_figures

NAMES = sorted(
    path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py")
)


def main(words: list[str]) -> int:
    """Run what is named, or all; write the figures, and return the exit code."""
    parser = ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--out", type=Path, default=Path("bench.json"), metavar="FILE")
    args = parser.parse_args(words)
    if unknown := set(args.names) - set(NAMES):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}: {', '.join(NAMES)}")
    document: dict[str, Any] = machine() | {"figures": {}, "failed": []}
    for name in args.names or NAMES:
        figures, well = _measured(name)
        document["figures"][name] = figures
        if not well:
            document["failed"].append(name)
        # Written after each, so that a run that is stopped keeps what it measured.
        args.out.write_text(
            json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    print(f"\nWrote {args.out}.")
    return 1 if document["failed"] else 0


def _measured(name: str) -> tuple[dict[str, float], bool]:
    print(f"\n== {name}", flush=True)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "figures"
        program = [sys.executable, "-m", f"tests.benchmarks.bench_{name}"]
        ended = subprocess.run(program, check=False, env=os.environ | {ENVIRON: str(file)})
        return read_figures(file), ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
