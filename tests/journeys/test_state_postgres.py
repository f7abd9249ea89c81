"""State in PostgreSQL: the commands do as with a folder, and nothing is lost with a machine."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.postgres import PASSWORD, USER, PostgresServer, serve_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.command_line import CommandLineProject


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server, one for each process of the tests."""
    with serve_postgres() as started:
        yield started


@pytest.fixture
def url(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database, whose password is in the environment."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    yield f"postgresql://{USER}@127.0.0.1:{server.port}/state"
    server.execute("SET client_min_messages TO warning; DROP SCHEMA IF EXISTS reconciler CASCADE")


def forget_all(project: CommandLineProject) -> None:
    """Remove what a machine keeps, all but the panel, which is a file here."""
    for path in (project.root / ".reconciler").iterdir():
        if not path.name.startswith("sandbox.sqlite3"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_state_moves_to_a_database_and_back(project: CommandLineProject, url: str) -> None:
    """Nothing is lost on the way, and each plan after it is empty."""
    project.run("apply", "--yes")
    managed = project.run("inventory", "--json").document["resources"]
    lines = project.run("journal", "--json").document["lines"]

    project.run("state", "migrate", "--to", url)
    project.edit("reconciler.yaml", "file:.reconciler", url)
    forget_all(project)
    assert project.run("inventory", "--json").document["resources"] == managed
    assert project.run("journal", "--json").document["lines"][: len(lines)] == lines
    assert "No changes" in project.run("plan").out

    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")
    project.run("apply", "--yes")
    shown = project.run("state", "verify")
    assert "Whole: sandbox" in shown.out
    project.run("state", "migrate", "--to", "file:elsewhere")
    project.edit("reconciler.yaml", url, "file:elsewhere")
    assert "No changes" in project.run("plan").out
    assert len(project.run("journal", "--json").document["lines"]) > len(lines)


def test_first_apply_moves_what_the_folder_holds(project: CommandLineProject, url: str) -> None:
    """Nobody has to do more than to name the database."""
    project.run("apply", "--yes")
    lines = project.run("journal", "--json").document["lines"]
    project.edit("reconciler.yaml", "file:.reconciler", url)
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")

    moved = project.run("apply", "--yes")
    forget_all(project)

    assert "moved the state of sandbox" in moved.err + moved.out
    assert project.run("journal", "--json").document["lines"][: len(lines)] == lines
    assert "No changes" in project.run("plan").out


def test_machine_without_a_folder_goes_on_where_the_last_one_ended(
    project: CommandLineProject, url: str
) -> None:
    """A runner that is thrown away after each job adopts nothing and orders nothing again."""
    project.edit("reconciler.yaml", "file:.reconciler", url)
    project.run("apply", "--yes")
    forget_all(project)
    before = len(project.writes())

    assert "No changes" in project.run("plan").out
    project.run("apply", "--yes")

    assert len(project.writes()) == before


def test_locks_are_seen_and_broken(
    project: CommandLineProject, url: str, server: PostgresServer
) -> None:
    """A run elsewhere keeps this one off, says who it is, and is fenced off in the end."""
    project.edit("reconciler.yaml", "file:.reconciler", url)
    project.run("apply", "--yes")
    server.execute(
        "INSERT INTO reconciler.lock (target, fence, holder, parts, lease, token) VALUES "
        '(\'sandbox\', 99, \'{"owner": "anna", "purpose": "reconciler apply", '
        '"host": "runner-7", "pid": 1, "started": null, "job": ""}\', \'{}\', 60, \'x\')'
    )
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")

    refused = project.run("apply", "--yes", code=9)
    assert "runner-7" in refused.err
    project.run("unlock", "--force")
    project.run("apply", "--yes")

    assert server.execute("SELECT count(*) FROM reconciler.locks") == [(0,)]


def test_database_that_cannot_be_used_ends_with_a_remedy(
    project: CommandLineProject, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent to the panel, and no password is printed."""
    project.edit("reconciler.yaml", "file:.reconciler", url)
    monkeypatch.setenv("PGPASSWORD", "wrong-donkey")
    refused = project.run("apply", "--yes", code=10)

    assert "password authentication failed" in refused.err
    assert "PGPASSWORD" in refused.err
    assert "donkey" not in refused.err + refused.out
    assert project.writes() == []
