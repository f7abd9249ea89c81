"""``undo``: the way back from a run, said change by change, and applied like any plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.command_line import SERVICE
from tests.support.paying_client import SERVICE as PAID, open_shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.command_line import CommandLineProject


def _last(project: CommandLineProject) -> str:
    return str(project.run("undo").out.split()[0])


def test_undone_edit_is_reported_as_drift_from_git(project: CommandLineProject) -> None:
    """The undone value lives, belongs to us, and the manifests ask for the other one still."""
    project.run("apply", "--yes")
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")
    project.run("apply", "--yes")
    run = _last(project)

    shown = project.run("undo", run, "--out", "undo.json")
    project.run("apply", "undo.json")

    assert "percentage: 20 → 15" in shown.out
    assert "undone exactly" in shown.out
    assert "reconciler apply undo.json" in shown.out
    assert "percentage: 15 → 20" in project.run("plan").out
    again = project.run("undo", run).out
    assert f"No changes. Nothing of run {run} is left to undo." in again
    assert "Discount/globex-june: already as before its update" in again
    assert json.loads((project.root / "undo.json").read_text())["undo"] == run


def test_undo_says_what_it_comes_to(project: CommandLineProject) -> None:
    """What services cost a month again, once a discount is put back."""
    open_shop(project)
    project.write("manifests/web.yaml", PAID.replace("payFrom", "periodMonths: 6\n  payFrom"))
    project.run("apply", "--yes", "--allow", "charge")
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")
    project.run("apply", "--yes")

    undone = project.run("undo", _last(project), "--out", "undo.json", "--json").document
    shown = project.run("show", "undo.json").out

    assert undone["impact"]["recurringBefore"]["EUR"]["amount"] == "4.00"
    assert undone["impact"]["recurringAfter"]["EUR"]["amount"] == "4.25"
    assert undone["impact"]["charges"] == []
    assert "monthly            4.00 → 4.25  computed" in shown
    project.run("apply", "undo.json")


def test_object_changed_since_the_run_is_not_undone(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """A person's later value is not overwritten by going back behind it."""
    project.run("apply", "--yes")
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")
    project.run("apply", "--yes")
    run = _last(project)
    discount_by_hand(percentage="40")

    shown = project.run("undo", run, "--json")

    assert [each["code"] for each in shown.document["findings"]] == []
    change = shown.document["changes"][0]
    assert change["action"] == "blocked"
    assert "percentage: changed again since" in change["reason"]


def test_object_that_has_another_name_by_now_is_taken_back_under_it(
    project: CommandLineProject,
) -> None:
    """The id tells that it is the one; the way back is applied as it was shown."""
    project.run("apply", "--yes")
    run = _last(project)
    moved = "name: globex-july}\nlifecycle: {movedFrom: globex-june}"
    project.edit("manifests/june.yaml", "name: globex-june}", moved)
    project.run("apply", "--yes")
    renaming = project.run("undo", _last(project)).out

    shown = project.run("undo", run, "--out", "undo.json", "--allow", "delete").out
    project.run("apply", "undo.json", "--allow", "delete")
    again = project.run("undo", run).out

    assert "its update cannot be undone: only our marker was written" in renaming
    assert "  - Discount/globex-july" in shown
    assert "Discount/globex-july (Discount/globex-june in that run): its create is undone" in shown
    assert "Discount/globex-june: already as before its create" in again


def test_object_no_longer_managed_is_not_reported_as_deleted(
    project: CommandLineProject,
) -> None:
    """Forgotten, it lives on: nothing is said to be as it was."""
    project.run("apply", "--yes")
    run = _last(project)
    (project.root / "manifests" / "june.yaml").unlink()
    project.run("forget", "Discount/globex-june")

    shown = project.run("undo", run).out

    assert "Discount/globex-june: no longer managed" in shown
    assert "check it in the panel" in shown


def test_saved_undo_is_stale_when_its_object_changed_since(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """Exit code 5: it is held against what lives, as every saved plan is."""
    project.run("apply", "--yes")
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")
    project.run("apply", "--yes")
    project.run("undo", _last(project), "--out", "undo.json")
    discount_by_hand(percentage="40")
    written = project.writes()

    assert "Discount/globex-june" in project.run("apply", "undo.json", code=5).err
    assert project.writes() == written


def test_undo_deletes_created_objects_and_creates_deleted_ones(
    project: CommandLineProject,
) -> None:
    """Both ways; the client stays, and is said to."""
    project.run("apply", "--yes")
    run = _last(project)

    gone = project.run("undo", run, "--out", "undo.json", "--allow", "delete")
    project.run("apply", "undo.json", "--allow", "delete")
    again = project.run("undo", _last(project), "--out", "again.json")
    project.run("apply", "again.json")

    assert f"made by run {run}" in gone.out
    assert "Client/globex: its create cannot be undone" in gone.out
    assert "+ Discount/globex-june" in again.out
    assert "in part: it is created again, with another id" in again.out
    assert "No changes" in project.run("plan").out
    assert "No drift" in project.run("drift").out


def test_money_is_not_taken_back(project: CommandLineProject) -> None:
    """An order stays an order; nothing is planned for it, and the reason is said."""
    project.write("manifests/web.yaml", SERVICE % "pay@globex.example")
    project.edit("manifests/web.yaml", "client: {email: pay@globex.example}", "client: globex")
    project.edit("manifests/web.yaml", "payFrom: balance", "payFrom: cart")
    project.run("apply", "--yes", code=0)

    shown = project.run("undo", _last(project), "--allow", "delete", "--json")

    assert "Service/globex-web" not in {each["address"] for each in shown.document["changes"]}
    said = [f["message"] for f in shown.document["findings"] if f["code"] == "undo-impossible"]
    assert any("Service/globex-web" in each and "not cancelled" in each for each in said)


def test_runs_are_listed_the_latest_first_and_none_is_guessed(project: CommandLineProject) -> None:
    """A run that changed nothing is none; an unknown one is wrong usage, a damaged one 10."""
    assert project.run("undo").out == "No run is known.\n"
    project.run("apply", "--yes")
    project.run("apply", "--yes")
    first = _last(project)
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")
    project.run("apply", "--yes")
    listed = project.run("undo", "--json").document

    assert [each["run"] for each in listed["runs"]][1:] == [first]
    assert listed["runs"][0]["changes"]["exact"] == 1
    project.run("undo", "20260101T000000Z-000000", code=64)
    project.run("undo", "../inventory", code=64)
    project.run("undo", "--out", "undo.json", code=64)
    project.write(f".reconciler/sandbox.undo/{first}.json", "{}")
    project.run("undo", first, code=10)
