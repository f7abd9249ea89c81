"""``drift --accept`` where overlays have a say: what goes into them, and what is left to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

HEAD = "apiVersion: reconciler/v1\n"


def lay_over(project: CommandLineProject, text: str) -> None:
    """Lay one document over those of the sandbox."""
    panel = "sandbox:.reconciler/sandbox.sqlite3\n"
    project.edit("reconciler.yaml", panel, f"{panel}      overlays: [overlays/sandbox]\n")
    project.write("overlays/sandbox/over.yaml", f"{HEAD}{text}")


@pytest.mark.parametrize("items", ["[{name: may, percentage: 5, type: Percentage discount}]", "[]"])
def test_addition_goes_into_the_overlay_that_has_the_list(
    project: CommandLineProject, items: str
) -> None:
    """In the base it would count for nothing, because the overlay's list replaces that one."""
    base = (project.root / "manifests/globex.yaml").read_bytes()
    (project.root / "manifests/june.yaml").unlink()
    lay_over(project, f"kind: Client\nmetadata: {{name: globex}}\nspec: {{discounts: {items}}}\n")
    project.run("apply", "--yes")
    owned = project.run("inventory", "--json").document["resources"]
    client = next(each["id"] for each in owned if each["address"] == "Client/globex")
    project.panel("account.discount.edit", plid=client, sok="ok", percentage="7", type="5")

    reported = project.run("drift", "--accept", "--yes").out

    assert "overlays/sandbox/over.yaml: written\n" in reported
    assert (project.root / "manifests/globex.yaml").read_bytes() == base
    project.run("drift")
    plan = project.run("plan", "--json").document
    assert [(each["action"], each["edits"]) for each in plan["changes"]] == [("adopt", [])]


def test_overlay_of_another_target_over_a_deleted_document_is_named(
    project: CommandLineProject,
) -> None:
    """It is laid over nothing from then on, and this target's run does not load it."""
    text = "kind: Discount\nmetadata: {name: globex-june}\nspec: {percentage: 33}\n"
    other = "    staging: {url: 'sandbox:s.sqlite3', overlays: [overlays/staging]}\n  guards:"
    project.edit("reconciler.yaml", "  guards:", other)
    project.write("overlays/staging/over.yaml", f"# of staging\n{HEAD}{text}")
    project.run("apply", "--yes", "--target", "sandbox")
    owned = project.run("inventory", "--json", "--target", "sandbox").document["resources"]
    june = next(each for each in owned if each["address"] == "Discount/globex-june")
    project.panel("account.discount.delete", plid=june["parent"], elid=june["id"])

    reported = project.run("drift", "--accept", "--yes", "--target", "sandbox").out

    place = "overlays/staging/over.yaml:2:1"
    named = f"{place}: lies over Discount/globex-june for the target staging: delete it by hand\n"
    assert named in reported
    assert "overlay-unmatched" in project.run("validate", "--target", "staging", code=3).out


def test_end_of_a_value_that_an_overlay_sets_is_left_to_people(
    project: CommandLineProject,
) -> None:
    """Without its line the value below would count, or the overlay would say nothing."""
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 15\n  from: 2027-01-01")
    lay_over(project, "kind: Discount\nmetadata: {name: globex-june}\nspec: {from: 2027-02-01}\n")
    project.run("apply", "--yes")
    owned = project.run("inventory", "--json").document["resources"]
    june = next(each for each in owned if each["address"] == "Discount/globex-june")
    by_hand = {"plid": june["parent"], "elid": june["id"], "sok": "ok"}
    project.panel("account.discount.edit", fromdate="", percentage="12", **by_hand)

    reported = project.run("drift", "--accept", "--yes", code=2).out

    reason = "from: the panel has none, but the overlay overlays/sandbox/over.yaml:4:14 sets it"
    assert f"not accepted: Discount/globex-june: {reason}: take it out by hand\n" in reported
    assert "manifests/june.yaml: written\n" in reported
