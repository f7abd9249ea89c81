"""What a benchmark measured: a line a figure for people, and one JSON document for a history.

Shape:  ``{"formatVersion": 1, "commit", "at", "python", "machine", "processors", "load",
        "figures": {benchmark: {figure: number}}, "failed": [benchmark]}``. ``load`` is that of the
        machine before the first benchmark. Numbers are as they were measured; a figure whose name
        ends in ``ratio`` is two of one run divided, and the only kind to compare between machines.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# Where a benchmark that the runner started leaves its figures, a line of JSON each.
ENVIRON = "BENCHMARK_FIGURES"
FORMAT_VERSION = 1


def figure(name: str, value: float, unit: str = "", *, digits: int = 2) -> None:
    """Print a figure, and keep it for the runner."""
    line = f"{name:<44} {value:,.{digits}f} {unit}".rstrip()
    print(line, flush=True)  # noqa: T201 - of a benchmark
    if file := os.environ.get(ENVIRON):
        with Path(file).open("a", encoding="utf-8") as kept:
            kept.write(json.dumps([f"{name}, {unit}" if unit else name, round(value, 4)]) + "\n")


def read_figures(file: Path) -> dict[str, float]:
    """Return the figures that a benchmark left, by their names."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return dict(json.loads(line) for line in text.splitlines())


def machine() -> dict[str, Any]:
    """Return what a reader of figures has to know of the machine and the commit."""
    shown = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    commit = subprocess.run(shown, check=False, capture_output=True, text=True)
    return {
        "formatVersion": FORMAT_VERSION,
        "commit": commit.stdout.strip(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }
