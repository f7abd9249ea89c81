"""A project of all clients of a panel, edited and applied by the real command, for benchmarks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from reconciler.sandbox import ADMIN, PASSPHRASE
from tests.support.postgres import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

_PROJECT = """apiVersion: reconciler/v1
kind: Project
metadata: {{name: bench}}
spec:
  {state}
  guards: {{maxUpdateShare: 1}}
  targets:
    real:
      url: {url}
      auth: {{username: {login}, password: {{env: BENCH_PASSPHRASE}}}}
      timeouts: {{settle: 0}}
"""


def make_project(root: Path, state: str, url: str) -> None:
    """Make a project of all clients of a panel, and adopt them."""
    root.mkdir()
    text = _PROJECT.format(state=state, url=url, login=ADMIN)
    (root / "reconciler.yaml").write_text(text)
    _run(root, "export", "Client", "--out", "manifests")
    _run(root, "apply", "--yes", "--allow", "adopt")


def edit_and_apply(root: Path, name: str) -> float:
    """Give each client another name; return the seconds that their apply takes."""
    for path in (root / "manifests").rglob("*.yaml"):
        text = path.read_text()
        path.write_text(re.sub(r"(?m)^  name: .*$", f"  name: Client {name}", text, count=1))
    begun = time.perf_counter()
    _run(root, "apply", "--yes")
    return time.perf_counter() - begun


def _run(root: Path, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", "--no-progress", *words],
        cwd=root,
        env=os.environ | {"BENCH_PASSPHRASE": PASSPHRASE, "PGPASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (words, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
