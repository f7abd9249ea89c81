"""A browser without a screen, for pages that people read in one."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Browser:
    """What opens pages: Node, with a browser that is installed, and the folder of its script."""

    node: str
    executable: str
    folder: Path

    def visit(self, *visits: dict[str, Any]) -> list[dict[str, Any]]:
        """Open pages one after the other, and return what was found in each."""
        made = subprocess.run(
            [self.node, str(self.folder / "browse.js"), self.executable],
            input=json.dumps(visits),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        found: list[dict[str, Any]] = json.loads(made.stdout)
        return found
