"""Panels whose edits clear what a request does not name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.engine.apply.canary import WHOLE_FORMS
from reconciler.planning.undo import inverse_changes, with_moved
from reconciler.sandbox import Sandbox
from tests.support.killing import kill_after
from tests.support.project import Project
from tests.support.rewording import ClearingPanel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENT = """
---
apiVersion: reconciler/v1
kind: Client
metadata: {name: NAME}
spec: {email: NAME@acme.example, realName: REAL}
"""
COUNT = 4
UNDECLARED = {"label": "VIP", "note": "pays late", "nocalcstat": "on"}


def _clients(real: str) -> str:
    names = [f"c{number}" for number in range(COUNT)]
    return "".join(CLIENT.replace("NAME", name).replace("REAL", real) for name in names)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Give a panel."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        yield sandbox


def _trip(root: Path, sandbox: Sandbox, *, whole: bool = False) -> tuple[Project, ClearingPanel]:
    """Return a round whose clients hold what nobody declared, on a panel that clears."""
    project = Project(root, sandbox)
    project.write(_clients("Ann"))
    assert set(project.apply().values()) == {"verified"}
    for entry in project.inventory.load().values():
        sandbox.call("account.edit", elid=entry.row_id, **UNDECLARED, sok="ok")
    panel = ClearingPanel(sandbox, {"label": "", "note": "", "nocalcstat": "off"})
    project.app = panel
    project.effects.save({})
    project.target = replace(project.target, whole_forms=whole)
    project.write(_clients("Bob"))
    return project, panel


def test_first_edit_goes_alone_and_its_siblings_stay_where_it_clears(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """One object is harmed, and reported with its former values; nothing more is sent."""
    project, panel = _trip(tmp_path, sandbox)

    results = project.apply()
    assert sorted(results.values()) == ["diverged", *["skipped"] * (COUNT - 1)]
    assert len(panel.edits) == 1
    (hurt,) = [each for each in project.outcomes if each.result == "diverged"]
    assert {each.param: each.before for each in hurt.moved} == UNDECLARED
    assert "label ('VIP' is '' now)" in hurt.message
    assert WHOLE_FORMS in hurt.message
    assert all(WHOLE_FORMS in each.message for each in project.outcomes if each.result == "skipped")


def test_observed_side_effects_are_known_to_the_next_run(tmp_path: Path, sandbox: Sandbox) -> None:
    """It sends no second edit to find out once more."""
    project, panel = _trip(tmp_path, sandbox)
    project.apply()
    panel.edits.clear()

    assert set(project.apply().values()) == {"skipped"}
    assert panel.edits == []


def test_complete_forms_lose_nothing_when_edits_clear_fields(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Every field goes along as it was read, and secrets do not."""
    project, panel = _trip(tmp_path, sandbox, whole=True)

    assert set(project.apply().values()) == {"verified"}
    assert len(panel.edits) == COUNT
    for sent in panel.edits:
        assert UNDECLARED.items() <= sent.items()
        assert not {"passwd", "confirm", "notify", "recovery", "verify_email"} & sent.keys()
    assert project.plan().empty
    for entry in project.inventory.load().values():
        shown = sandbox.call("account.edit", elid=entry.row_id).decode()
        assert all(f"<{name}>{text}</{name}>" in shown for name, text in UNDECLARED.items())


def test_values_of_before_are_in_the_journal(tmp_path: Path, sandbox: Sandbox) -> None:
    """They are durable before the edit leaves, whatever becomes of the run."""
    project, _ = _trip(tmp_path, sandbox)
    project.apply()
    intents = [line for line in project.journal.lines() if line["type"] == "intent"]
    before = intents[-1]["before"]
    assert UNDECLARED.items() <= before.items()


def test_edits_that_keep_what_they_do_not_name_go_side_by_side_from_the_second_on(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """A panel that keeps texts may still clear check boxes: each sort is seen once."""
    project, _ = _trip(tmp_path, sandbox)
    project.app = sandbox

    assert set(project.apply().values()) == {"verified"}
    seen = project.effects.load()["account.edit"]
    assert {"text", "flag"} <= seen.keys()
    assert set(seen.values()) == {"keeps"}
    assert project.plan().empty


def test_undo_includes_the_side_effects_of_an_edit(tmp_path: Path, sandbox: Sandbox) -> None:
    """Undo puts the values back that nobody declared."""
    project, _ = _trip(tmp_path, sandbox)
    plan = project.plan()
    back = inverse_changes(project.context(), plan)
    project.apply(plan)
    back = with_moved(project.catalogue, back, project.outcomes)
    project.app = sandbox  # once the panel keeps what is not named
    project.effects.save({})

    undo = project.undo(back)
    (hurt,) = undo.changes
    fields = {edit.field for edit in hurt.edits}
    assert fields == {"realName", "label", "note", "excludeFromStatistics"}
    assert set(project.apply(undo).values()) == {"verified"}
    shown = sandbox.call("account.edit", elid=str(hurt.id)).decode()
    assert all(f"<{name}>{text}</{name}>" in shown for name, text in UNDECLARED.items())


def test_edit_whose_run_was_killed_before_it_looked_is_looked_at_by_the_next(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """What it cleared is reported with its former values, once, by name and value."""
    project, panel = _trip(tmp_path, sandbox)
    kill_after(project, lambda: bool(panel.edits))

    (found,) = project.resume()
    assert found.result == "diverged"
    assert "label ('VIP' is '' now)" in found.message
    assert WHOLE_FORMS in found.message
    assert project.resume() == ()
