"""List the functions that a measured run never entered: ``python -m tests.house.unreached``.

Reads the data of coverage.py that lies in the current folder (`make cover-journeys` makes it). A
function counts when it has statements and none of them was executed.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coverage import Coverage

if TYPE_CHECKING:
    from collections.abc import Iterator


def find_unreached(report: dict[str, Any]) -> Iterator[str]:
    """Name each function of a JSON report whose statements were all left out.

    Shape: ``path:line name (N statements)``, by path and line.
    """
    for path, file in sorted(report["files"].items()):
        for name, region in file["functions"].items():
            statements = region["summary"]["num_statements"]
            # The region without a name is what stands outside all functions.
            if name and statements and not region["executed_lines"]:
                yield f"{path}:{region['start_line']} {name} ({statements} statements)"


def read_report() -> dict[str, Any]:
    """Read the measured data as coverage.py's own JSON report."""
    measured = Coverage()
    measured.load()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        measured.json_report(outfile=str(path))
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in find_unreached(read_report()))
