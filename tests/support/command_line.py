"""The harness as a user meets it: a project in a folder, its panel, and the command line.

``CommandLineProject.run`` runs a command in this process and expects its exit code; ``panel`` does
something in the panel by hand; ``asked`` and ``writes`` tell which requests the panel has seen.
"""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.cli.main import main
from reconciler.kinds.catalogue import discover
from reconciler.project.init_files import write_project
from reconciler.sandbox import Sandbox, audit

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from reconciler.sandbox import AuditedRequest

CLIENT = """\
apiVersion: reconciler/v1
kind: Client
metadata:
  name: globex
  labels: {team: emea}
spec:
  email: pay@globex.example
  name: Globex
"""
DISCOUNT = """\
apiVersion: reconciler/v1
kind: Discount
metadata: {name: globex-june}
spec:
  client: globex
  percentage: 15
  type: Percentage discount
  appliesTo: Order and renewal
"""
SERVICE = """\
apiVersion: reconciler/v1
kind: Service
metadata: {name: globex-web}
spec:
  client: {email: %s}
  type: vhost
  tariff: Web Start
  domain: globex.example
  payFrom: balance
"""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        document: dict[str, Any] = json.loads(self.out)
        return document


class CommandLineProject:
    """A folder with a project in it, the panel it speaks to, and the command line."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Be in that folder."""
        self.root = root
        self.capsys = capsys

    def run(self, *words: str, code: int = 0) -> CommandResult:
        """Run a command and expect its exit code."""
        self.capsys.readouterr()
        result = CommandResult(main(words), *self.capsys.readouterr())
        assert result.code == code, f"{' '.join(words)}: {result}"
        return result

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def edit(self, name: str, before: str, after: str) -> None:
        """Change a file of the project."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert before in text
        self.write(name, text.replace(before, after))

    @property
    def database(self) -> Path:
        """The embedded panel's file."""
        return self.root / ".reconciler" / "sandbox.sqlite3"

    def panel(self, func: str, **params: str) -> str:
        """Do something in the panel, by hand."""
        with closing(Sandbox(self.database)) as sandbox:
            answer = sandbox.call(func, **params).decode()
        assert "<error" not in answer, answer
        return answer

    def seeded_client(self) -> str:
        """Seed the panel, and return the email of one of its clients."""
        self.run("sandbox", "seed", "--clients", "3")
        with closing(Sandbox(self.database)) as sandbox:
            clients: list[dict[str, Any]] = json.loads(sandbox.call("account", out="JSONdata"))
        return str(clients[0]["email"])

    def asked(self) -> list[AuditedRequest]:
        """Return every request that the panel has seen; no panel has seen none."""
        return audit(self.database) if self.database.exists() else []

    def writes(self) -> list[str]:
        """Return the functions that changed something in the panel."""
        return [each.func for each in self.asked() if each.wrote]


def new_project(root: Path, capsys: pytest.CaptureFixture[str]) -> CommandLineProject:
    """Write a new project with one client and one discount, on an embedded panel of its own."""
    write_project(root, discover())
    shutil.rmtree(root / "manifests")
    made = CommandLineProject(root, capsys)
    made.write("manifests/globex.yaml", CLIENT)
    made.write("manifests/june.yaml", DISCOUNT)
    return made
