"""A disk that fails: what cannot be written down is not sent, and what was sent is not lost."""

from __future__ import annotations

import errno
import json
import os
from contextlib import closing
from typing import TYPE_CHECKING

import jsonschema
import pytest

from reconciler.documents.schemas import report_schemas
from reconciler.sandbox import Sandbox, ledger
from tests.support.command_line import SERVICE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

APPLY = ("apply", "--yes", "--allow", "charge")
# A run, then an intent and an outcome each of a client, its discount and another one's order.
LINES = 7
JOURNAL = "*.journal"
INVENTORY = ".inventory.json.*"


class Disk:
    """Fails to make some files of a project durable: at one time, or from then on."""

    def __init__(self, project: CommandLineProject, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand before the real disk, and fail at nothing yet."""
        self.folder = project.root / ".reconciler"
        self.name = ""
        self.times: range = range(0)
        self.seen = 0
        self._real = os.fsync
        monkeypatch.setattr(os, "fsync", self._fsync)

    def fail(self, name: str, times: range = range(1, 1000)) -> None:
        """Fail from now on, at these times of those that concern such a file."""
        self.name, self.times, self.seen = name, times, 0

    def mend(self) -> None:
        """Fail no more."""
        self.times = range(0)

    def _fsync(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        if self.name and any(os.path.samestat(found, p.stat()) for p in self._files()):
            self.seen += 1
            if self.seen in self.times:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._real(descriptor)

    def _files(self) -> list[Path]:
        return list(self.folder.glob(self.name))


@pytest.fixture
def disk(project: CommandLineProject, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """The disk under a project that orders something, too."""
    project.run("sandbox", "seed", "--clients", "3")
    with closing(Sandbox(project.database)) as sandbox:
        email = json.loads(sandbox.call("account", out="JSONdata"))[0]["email"]
    project.write("manifests/web.yaml", SERVICE % email)
    project.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")
    return Disk(project, monkeypatch)


@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("at", range(1, LINES + 1))
def test_change_is_not_sent_when_the_journal_cannot_be_written(
    project: CommandLineProject, disk: Disk, at: int, *, lasting: bool
) -> None:
    """Exit code 10 and everything that was done on standard output; then it goes on by itself."""
    disk.fail(JOURNAL, range(at, 1000 if lasting else at + 1))
    result = project.run(*APPLY, "--json", code=10).document
    disk.mend()

    assert result["error"]["code"] == "store"
    sent = project.writes()
    outcomes = result.get("outcomes", [])
    assert len(sent) == sum(each["result"] == "verified" for each in outcomes)
    assert bool(sent) is (at > 2)
    if at > 1:
        jsonschema.validate(result, report_schemas()["apply.schema.json"])
        assert len(outcomes) == 3
        assert sum(result["summary"].values()) == 3
    project.run(*APPLY)
    assert project.run("plan", "--detailed-exitcode").code == 0
    project.run("journal", "verify")
    assert len(project.writes()) == 3
    with closing(Sandbox(project.database)) as sandbox:
        assert len(ledger(sandbox)) == 1


def test_inventory_that_cannot_be_written_loses_nothing(
    project: CommandLineProject, disk: Disk
) -> None:
    """All is done, the report says so and why the exit code is 10; the next apply does nothing."""
    disk.fail(INVENTORY)
    result = project.run(*APPLY, "--json", code=10).document
    disk.mend()

    assert [each["result"] for each in result["outcomes"]] == ["verified"] * 3
    assert "inventory.json" in result["error"]["message"]
    sent = project.writes()
    project.run(*APPLY)
    assert project.writes() == sent


def test_report_that_cannot_be_written_is_printed(
    project: CommandLineProject, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As text, the lines come first; the document after them is whole and holds no secret."""
    secret = project.root.parent.name
    monkeypatch.setenv("CLIENT_PASSWORD", secret)
    project.edit(
        "manifests/globex.yaml", "name: Globex", "name: Globex\n  password: {env: CLIENT_PASSWORD}"
    )
    disk.fail(".report.json.*")
    report = project.root / ".reconciler" / "report.json"
    result = project.run(*APPLY, "--report", str(report), code=10)

    lines, _, document = result.out.partition("copy this output:\n\n")
    assert "Apply: 3 verified." in lines
    assert "report.json" in result.err
    found = json.loads(document)
    assert len(found["outcomes"]) == 3
    assert "(secret)" in found["error"]["message"]
    assert secret not in result.out + result.err
