"""The embedded panel from the command line: filled, emptied, and served on loopback."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, get_args

import pytest

from reconciler.cli.main import main
from reconciler.sandbox import ADMIN, PASSPHRASE, Sandbox, load_faults
from reconciler.sandbox.faults.config import AnyFault
from reconciler.sandbox.install import keys

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import CommandLineProject


def _clients(database: Path) -> list[str]:
    with closing(Sandbox(database)) as sandbox:
        rows = json.loads(sandbox.call("account", out="JSONdata"))
    return [row["email"] for row in rows]


def test_help_describes_the_fault_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its example loads, and every fault that a file may name is in its list."""
    assert main(["sandbox", "serve", "--help"]) == 0
    said = capsys.readouterr().out
    example = re.search(r"{.faults.*}", said)
    listed = re.search(r"may do:\n(.*?)\n\n", said, re.DOTALL)
    assert example is not None
    assert listed is not None
    file = tmp_path / "faults.json"
    file.write_text(example[0], encoding="utf-8")

    assert len(load_faults(file)) == 1
    known = {get_args(fault.model_fields["do"].annotation)[0] for fault in get_args(AnyFault)}
    assert set(listed[1].replace(",", " ").split()) == known


def test_seeding_is_repeatable_and_reset_empties(project: CommandLineProject) -> None:
    """The same numbers give the same install, another seed another one."""
    assert project.run("sandbox", "seed", "--clients", "4").out == "Seeded with 4 clients.\n"
    first = _clients(project.database)
    project.run("sandbox", "seed", "--clients", "4", "--seed", "2")
    second = _clients(project.database)
    project.run("sandbox", "seed", "--clients", "4")
    again = _clients(project.database)
    project.run("sandbox", "reset")

    assert len(first) == 4
    assert again == first != second
    assert _clients(project.database) == []


def test_any_file_can_be_the_panel(project: CommandLineProject) -> None:
    """--database acts on a file, whatever the target is."""
    project.run("sandbox", "seed", "--clients", "1", "--database", "deep/other.sqlite3")

    assert len(_clients(project.root / "deep" / "other.sqlite3")) == 1
    assert not project.database.exists()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_served_panel_is_worked_with_over_http(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch, sign: signal.Signals
) -> None:
    """The round over real HTTP; an interrupt ends the serving, and that is no failure."""
    command = [sys.executable, "-m", "reconciler", "sandbox", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[2]
            reported = process.stdout.readline().split()
            assert (reported[3], reported[-1]) == (ADMIN, PASSPHRASE)
            monkeypatch.setenv("RECONCILER_URL", url)
            monkeypatch.setenv("RECONCILER_USERNAME", reported[3])
            monkeypatch.setenv("RECONCILER_PASSWORD", reported[-1])
            applied = project.run("apply", "--yes")
            project.run("drift")
        finally:
            process.send_signal(sign)
        code = process.wait(timeout=30)

    assert url.startswith("http://127.0.0.1:")
    assert "Apply: 2 verified." in applied.out
    assert code == 0


@pytest.mark.parametrize("subcommand", ["serve", "seed"])
def test_help_lists_every_key_of_an_install(
    subcommand: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The keys of a file are explained where the file is named."""
    assert main(["sandbox", subcommand, "--help"]) == 0
    said = capsys.readouterr().out

    assert [key for key in keys() if f"\n  {key}: " not in said] == []


def test_seeded_install_is_met_by_the_target(project: CommandLineProject) -> None:
    """The database says what sort of panel it is, to every process that opens it."""
    (project.root / "install.yaml").write_text("page: 2\n", encoding="utf-8")
    project.run("sandbox", "seed", "--clients", "4", "--install", "install.yaml")
    project.run("sandbox", "reset")
    with closing(Sandbox(project.database)) as sandbox:
        page = sandbox.settings.page

    assert page == 2


def test_mistake_in_an_install_is_a_finding(project: CommandLineProject) -> None:
    """File and line, what is allowed, code 3, and the database is as it was."""
    project.run("sandbox", "seed", "--clients", "2")
    (project.root / "install.yaml").write_text("\npages: 2\n", encoding="utf-8")
    for subcommand in ("seed", "serve"):
        said = project.run("sandbox", subcommand, "--install", "install.yaml", code=3)
        assert "install.yaml:2" in said.err
        assert "page" in said.err

    assert len(_clients(project.database)) == 2


def test_database_of_another_version_is_named_and_can_be_filled_anew(
    project: CommandLineProject,
) -> None:
    """An installation with a value that has another name since is no bug of the program."""
    project.run("sandbox", "seed", "--clients", "1")
    kept = json.dumps({"emptyTotal": "told"})
    with closing(sqlite3.connect(project.database)) as database, database:
        database.execute("INSERT OR REPLACE INTO meta VALUES ('install', ?)", (kept,))

    told = project.run("plan", code=10).err
    assert "installation that this version does not know: emptyTotal" in told
    assert "run `reconciler sandbox seed`" in told
    assert "this version does not know" in project.run("sandbox", "serve", code=10).err
    project.run("sandbox", "seed", "--clients", "1")
    project.run("plan")
