"""The tour of the README: from a running panel to the first reviewed change."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from reconciler.sandbox import PASSPHRASE, Sandbox, seed
from tests.support.http_panel import serve_over_http

ROOT = Path(__file__).parents[2]
SECTION = re.compile(
    r"^## From a running panel.*?^```sh\n(?P<commands>.*?)^```$", re.MULTILINE | re.DOTALL
)
URL = re.compile(r"http://127\.0\.0\.1:\d+/billmgr")


def test_ten_commands_lead_from_a_panel_to_a_reviewed_change(tmp_path: Path) -> None:
    """They end as the README says, on 200 clients, and send one edit to the panel."""
    section = SECTION.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert section is not None
    commands = section["commands"].splitlines()
    seed(tmp_path / "panel.sqlite3", clients=200, seed=1)
    with Sandbox(tmp_path / "panel.sqlite3") as app, serve_over_http(app) as url:
        script = "\n".join(["set -e", *(URL.sub(url, command) for command in commands)])
        run = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env=_environment(tmp_path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    assert f"RECONCILER_PASSWORD={PASSPHRASE}" in commands[0]
    assert len(commands) == 10
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    assert "0 to create, 0 to update, 0 to delete, 1298 to adopt" in run.stdout
    assert "percentage: 35 → 40" in run.stdout
    assert "\nApply: 1 verified." in run.stdout
    assert "No drift. 1298 resources checked." in run.stdout


def _environment(home: Path) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("RECONCILER_")}
    names = {"GIT_AUTHOR_NAME": "Ann", "GIT_COMMITTER_NAME": "Ann"}
    mails = {"GIT_AUTHOR_EMAIL": "a@x.example", "GIT_COMMITTER_EMAIL": "a@x.example"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**kept, **names, **mails, "HOME": str(home), "PATH": path}
