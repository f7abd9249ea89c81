"""The panel's own command line, as a program and in process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Sandbox, audit, write_mgrctl
from reconciler.sandbox.mgrctl import DATABASE, main, run, understand
from tests.support.sandbox_client import error, fields, is_ok, new_client, parse, rows

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A panel with one client, on disk."""
    path = tmp_path / "a folder" / "panel.sqlite3"
    path.parent.mkdir()
    with Sandbox(path) as panel:
        new_client(panel)
    return path


def ask(database: Path, *arguments: str, **environ: str) -> bytes:
    """Run a command line in process and give what it prints."""
    line = ["--database", str(database), "-m", "billmgr", *arguments]
    return run(understand(line, environ))


def test_program_prints_the_answer(database: Path, tmp_path: Path) -> None:
    """Started by its path, from anywhere, with hardly an environment."""
    program = write_mgrctl(tmp_path, database)

    done = subprocess.run(
        [program, "-m", "billmgr", "-o", "xml", "account"],
        env=PLAIN,
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert program.name == "mgrctl"
    assert [row["email"] for row in rows(done.stdout)] == ["acme@example.com"]
    assert done.stderr == b""


def test_module_runs_by_itself(database: Path) -> None:
    """With the database in its environment, and a secret there as well."""
    line = ["-m", "billmgr", "-o", "xml", "-e", "passwd=$ANVIL", "-e", "confirm=$ANVIL"]
    done = subprocess.run(
        [sys.executable, "-m", "reconciler.sandbox.mgrctl", *line, "account.edit", "sok=ok"],
        env={**PLAIN, DATABASE: str(database), "ANVIL": "hammer-4711"},
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert error(done.stdout)[0] == "value"
    given = audit(database)[-1]
    assert (given.actor, given.params["passwd"]) == ("root@local", "***")


def test_error_is_an_answer(database: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """On standard output, with status 0."""
    line = ["--database", str(database), "-m", "billmgr", "-o", "xml", "account.edit", "elid=99"]

    status = main(line)

    assert (status, error(capfdbinary.readouterr().out)) == (0, ("missed", "account"))


@pytest.mark.parametrize(
    ("out", "sign"),
    [
        ([], b"id=1 "),
        (["-o", "text"], b"id=1 "),
        (["-o", "xml"], b"<elem><id>1</id>"),
        (["-o", "devel"], b"<metadata "),
        (["-o", "JSONdata"], b'[{"id":"1"'),
    ],
)
def test_format_is_chosen(database: Path, out: list[str], sign: bytes) -> None:
    """Lines, unless another is wanted."""
    assert sign in ask(database, *out, "account")


def test_error_is_a_line_by_default(database: Path) -> None:
    """With type and object."""
    assert ask(database, "account.edit", "elid=99") == b"ERROR missed(account)\n"


def test_secret_is_taken_from_the_environment(database: Path) -> None:
    """A word with a dollar is a name, any other is itself."""
    given = ["-e", "name=$NAME", "-e", "note=plain", "account.edit", "elid=1", "sok=ok"]

    assert is_ok(ask(database, "-o", "xml", *given, NAME="Ann = B $x"))

    form = fields(ask(database, "-o", "xml", "account.edit", "elid=1"))
    assert (form["name"], form["note"]) == ("Ann = B $x", "plain")


def test_variable_that_is_missing_is_empty(database: Path) -> None:
    """And an empty parameter is none."""
    assert understand(
        ["--database", str(database), "-m", "billmgr", "-e", "elid=$NONE", "account.edit"], {}
    ).given == {"lang": "en", "elid": "", "func": "account.edit", "out": "text"}


def test_command_acts_as_another_user(database: Path) -> None:
    """With that user's rights."""
    body = ask(database, "-o", "json", "whoami", "su=acme@example.com")

    assert json.loads(body)["doc"]["user"]["$level"] == "16"


def test_language_is_english_unless_another_is_wanted(database: Path) -> None:
    """In errors, too."""
    english = ask(database, "-o", "xml", "account.edit", "elid=99")
    russian = ask(database, "-o", "xml", "account.edit", "elid=99", "lang=ru")

    assert (parse(english).get("lang"), parse(russian).get("lang")) == ("en", "ru")
    assert parse(russian).findtext("error/msg") != parse(english).findtext("error/msg")


def test_functions_are_listed(database: Path) -> None:
    """One a line."""
    lines = ask(database, "-i").decode().splitlines()

    assert {"account", "account.edit", "vds.order.param", "whoami"} < set(lines)
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["-m", "billmgr"], "name a function"),
        (["account"], "name the manager"),
        (["-m", "dnsmgr", "account"], "name the manager"),
        (["-m", "billmgr", "-x", "account"], "option -x not recognized"),
        (["-m", "billmgr", "account", "elid"], "'elid' is no NAME=VALUE"),
        (["-m", "billmgr", "-e", "$X", "account"], "'$X' is no NAME=VALUE"),
    ],
)
def test_wrong_command_line_is_refused(
    database: Path, capsys: pytest.CaptureFixture[str], line: list[str], words: str
) -> None:
    """On standard error, with status 1, and nobody is asked."""
    known = len(audit(database))

    status = main(["--database", str(database), *line])

    printed = capsys.readouterr()
    assert (status, printed.out) == (1, "")
    assert printed.err.startswith(f"ERROR: {words}")
    assert len(audit(database)) == known


def test_database_has_to_be_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is none by default."""
    monkeypatch.delenv(DATABASE, raising=False)

    assert main(["-m", "billmgr", "account"]) == 1
    assert "name the database" in capsys.readouterr().err
