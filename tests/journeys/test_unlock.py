"""``unlock``: who holds the lock, and what becomes of a run whose lock was broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.sandbox import Sandbox
from reconciler.store.lock import lock_path, target_lock
from tests.support.http_panel import TARGET, observed, serve_over_http

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject


def test_lock_without_a_holder_needs_nothing(project: CommandLineProject) -> None:
    """A note that a killed run left behind is no lock."""
    path = project.write(".reconciler/sandbox.lock", '{"owner": "gone", "pid": 1}')

    never = project.run("unlock", "--target", "sandbox")
    project.run("unlock", "--force")

    assert "Nobody holds the lock of sandbox." in never.out
    assert path.exists()


def test_held_lock_names_its_holder_and_is_left_alone(project: CommandLineProject) -> None:
    """Exit code 9, with who, where, since when, and what to do about it."""
    path = lock_path(project.root / ".reconciler", "sandbox")
    with target_lock(path, "reconciler apply") as lock:
        said = project.run("unlock", code=9)
        lock.check()
        note = json.loads(path.read_text())

    assert f"process {note['pid']}" in said.err
    assert note["owner"] in said.err
    assert "kill" in said.err


def test_holder_on_another_machine_may_be_broken(project: CommandLineProject) -> None:
    """Whose machine cannot be asked is left to a person, who says so with --force."""
    path = lock_path(project.root / ".reconciler", "sandbox")
    with target_lock(path, "reconciler apply"):
        note = json.loads(path.read_text()) | {"host": "ci-7", "started": "2026-01-01T00:00:00Z"}
        path.write_text(json.dumps(note))
        asked = project.run("unlock", code=9)
        broken = project.run("unlock", "--force")
        project.run("apply", "--yes")

    assert "--force" in asked.err
    assert " h " in asked.err
    assert "Broken" in broken.out
    assert "reconciler resume" in broken.out


def test_run_whose_lock_was_broken_stops_before_its_next_request(
    project: CommandLineProject,
) -> None:
    """Exit code 9: what was on its way arrives, nothing further is sent or written down."""
    project.run("sandbox", "reset")
    path = lock_path(project.root / ".reconciler", "shaky")
    app = observed(Sandbox(project.database), path.unlink, b"=account.edit&", b"sok=")
    with serve_over_http(app) as url:
        project.edit("reconciler.yaml", "  guards:", TARGET % url + "  guards:")
        stopped = project.run("apply", "--yes", "--target", "shaky", code=9)
        sent = project.writes()
        project.run("apply", "--yes", "--target", "shaky")

    assert "somebody broke the lock" in stopped.err
    assert sent.count("account.edit") == 1
    assert "account.discount.edit" not in sent
    assert project.writes().count("account.edit") == 1
