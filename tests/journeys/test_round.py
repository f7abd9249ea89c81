"""The whole round, with every report checked against its published schema."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.command_line import CommandLineProject


def _check(project: CommandLineProject, document: dict[str, Any], name: str) -> None:
    schema = json.loads((project.root / "schemas" / f"{name}.schema.json").read_text())
    Draft202012Validator(schema).validate(document)


def test_declared_planned_applied_proved_and_healed(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """The product's main job, from the first plan to the healed drift."""
    assert "2 resources" in project.run("validate").out
    plan = project.run("plan", "--out", "plan.json")
    assert "  + Discount/globex-june" in plan.out
    assert "Plan: 2 to create, 0 to update, 0 to delete" in plan.out

    applied = project.run("apply", "plan.json")
    assert applied.out.endswith("\n\nApply: 2 verified.\n")
    assert project.run("plan", "--detailed-exitcode").out == (
        "No changes. 2 resources are as declared.\n"
    )
    assert project.run("drift").out == "No drift. 2 resources checked.\n"

    discount_by_hand(percentage="40")
    drift = project.run("drift", code=2)
    assert "percentage: applied 15, live 40, wanted 15" in drift.out

    healed = project.run("apply", "--yes")
    assert "percentage: 40 → 15" in healed.out
    project.run("drift")


def test_drift_is_accepted_by_the_command_of_its_report(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """Both ways on are commands to paste, for the same target."""
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")
    reported = project.run("drift", "--target", "sandbox", code=2).out

    assert "  of globex, drift: changed in the panel\n" in reported
    assert (
        "\nTo restore what the manifests declare: reconciler --target sandbox apply\n" in reported
    )
    _, _, accept = reported.partition("\nTo accept the values of the panel: reconciler ")
    project.run(*accept.split(), "--yes")

    assert project.run("drift").out == "No drift. 2 resources checked.\n"
    assert "No changes" in project.run("plan", "--detailed-exitcode").out


def test_removed_marker_is_drift_and_is_restored(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """The next plan would set it: so the panel moved, and drift says what the plan says."""
    project.run("apply", "--yes")
    discount_by_hand(note="by hand")

    reported = project.run("drift", code=2).out
    assert "marker: applied git:billing/globex-june, live none, wanted git:billing/" in reported
    assert "To accept" not in reported

    project.run("apply", "--yes", "--allow", "delete")
    project.run("drift")


def test_journal_shows_time_user_and_values(
    project: CommandLineProject,
    monkeypatch: pytest.MonkeyPatch,
    discount_by_hand: Callable[..., None],
) -> None:
    """Months later the journal alone answers who set what, from what to what."""
    monkeypatch.setenv("GITHUB_ACTOR", "ann")
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")
    project.run("apply", "--yes")
    (project.root / "manifests/june.yaml").unlink()
    project.run("apply", "--yes", "--allow", "delete")

    reported = project.run("journal").out

    assert len(re.findall(r"(?m)^ +\d+  \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  ", reported)) == 13
    assert len(re.findall(r"run \S+ by ann .*, plan sha256:[0-9a-f]{12}…\n", reported)) == 3
    assert "         email: pay@globex.example\n" in reported
    assert "         percentage: 40 → 15\n" in reported
    assert "         lost: percentage 15\n" in reported


def test_second_apply_writes_nothing(project: CommandLineProject) -> None:
    """What was applied stays applied."""
    project.run("apply", "--yes")
    written = project.writes()

    result = project.run("apply", "--yes")

    assert result.out == "No changes. 2 resources are as declared.\n"
    assert project.writes() == written != []


def test_change_in_git_is_pending_and_not_drift(project: CommandLineProject) -> None:
    """Drift is what the panel did by itself."""
    project.run("apply", "--yes")
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 20")

    result = project.run("drift")

    assert "pending: changed in the manifests, not applied yet" in result.out
    assert "percentage: applied 15, live 15, wanted 20" in result.out


def test_resource_removed_from_the_manifests_is_deleted(project: CommandLineProject) -> None:
    """A discount whose manifest is gone goes, too, and is out of the inventory."""
    project.run("apply", "--yes")
    (project.root / "manifests" / "june.yaml").unlink()

    result = project.run("apply", "--yes", "--allow", "delete")

    assert "  - Discount/globex-june  (id " in result.out
    assert "deleted, verified" in result.out
    assert "Discount" not in project.run("inventory").out


def test_reports_of_programs_are_as_published(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """Every document of the round passes its schema, and nothing stands beside it."""
    ends = {"validate": [project.run("validate", "--json")]}
    ends["plan"] = [project.run("plan", "--json", "--out", "plan.json")]
    ends["apply"] = [project.run("apply", "plan.json", "--json", "--report", "outcome.json")]
    ends["plan"].append(project.run("plan", "--format", "json"))
    discount_by_hand(percentage="40")
    ends["drift"] = [project.run("drift", "--json", "--out", "drift.json", code=2)]

    for name, result in ends.items():
        for each in result:
            _check(project, each.document, name)
            assert each.err == ""
    for name, file in (("plan", "plan.json"), ("apply", "outcome.json"), ("drift", "drift.json")):
        written = json.loads((project.root / file).read_text())
        _check(project, written, name)
        assert written == ends[name][0].document | {
            key: written[key] for key in ("createdAt",) if key in written
        }


@pytest.mark.parametrize("where", ["before", "after"])
def test_shared_options_hold_at_both_places(project: CommandLineProject, where: str) -> None:
    """A project is found from anywhere, wherever its option stands."""
    shared = ["--project", str(project.root / "reconciler.yaml"), "--target", "sandbox"]
    words = [*shared, "validate"] if where == "before" else ["validate", *shared]

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.root.parent)
        assert "valid." in project.run(*words).out


def test_target_is_chosen_by_the_environment(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RECONCILER_TARGET stands in for --target, which outranks it."""
    monkeypatch.setenv("RECONCILER_TARGET", "never")

    assert "'never'" in project.run("plan", code=64).err
    project.run("plan", "--target", "sandbox")


def test_run_needs_no_project_file(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address in the environment and manifests on the command line are enough."""
    (project.root / "reconciler.yaml").unlink()
    monkeypatch.setenv("RECONCILER_URL", "sandbox:.reconciler/sandbox.sqlite3")

    assert "2 to create" in project.run("plan", "--manifests", "manifests").out


def test_records_are_read_without_credentials(project: CommandLineProject) -> None:
    """What asks no panel wants nothing to sign in with; what asks one still does."""
    project.edit(
        "reconciler.yaml",
        "  targets:\n",
        "  targets:\n    bare: {url: 'https://billing.example.com/billmgr'}\n",
    )

    assert "Nothing is managed" in project.run("inventory", "--target", "bare").out
    project.run("journal", "--target", "bare")
    assert (
        "not in the inventory"
        in project.run(*("forget", "Client/globex", "--target", "bare"), code=3).err
    )
    assert "has no username" in project.run("plan", "--target", "bare", code=3).err


def test_inventory_lists_and_forgets(project: CommandLineProject) -> None:
    """Ownership can be given up by hand; the panel is not touched by it."""
    assert project.run("inventory").out == "Nothing is managed on sandbox yet.\n"
    project.run("apply", "--yes")
    assert "2 resources managed on sandbox." in project.run("inventory").out
    asked = len(project.asked())

    project.run("forget", "Client/globex")

    assert len(project.asked()) == asked
    owned = project.run("inventory", "--json").document["resources"]
    assert [each["address"] for each in owned] == ["Discount/globex-june"]
    assert "  = Client/globex  (id " in project.run("plan").out


def test_inventory_of_a_killed_run_is_that_of_its_journal(project: CommandLineProject) -> None:
    """The inventory that was never saved is listed, and what is forgotten stays so."""
    project.run("apply", "--yes")
    (project.root / ".reconciler" / "inventory.json").unlink()
    journal = project.root / ".reconciler" / "sandbox.journal"
    *lines, saved = journal.read_text().splitlines(keepends=True)
    assert '"saved"' in saved
    journal.write_text("".join(lines))

    assert "2 resources managed on sandbox." in project.run("inventory").out
    assert "No changes" in project.run("plan", "--no-adopt").out
    project.run("forget", "Discount/globex-june")
    assert "1 resource managed on sandbox." in project.run("inventory").out
    err = project.run("forget", "Discount/globex-june", code=3).err
    assert "`reconciler inventory` lists the managed resources" in err
    project.run("journal", "verify")


def test_demo_shows_the_round(project: CommandLineProject) -> None:
    """The demonstration runs the real commands and ends well."""
    result = project.run("demo", "--color", "never")

    for words in (
        "init .",
        "plan --out plan.json",
        "apply plan.json --allow charge",
        "drift",
        "apply --yes",
    ):
        assert f"$ reconciler {words}\n" in result.out
    assert "charges 13.50 EUR (computed)" in result.out
    assert "Charged 13.50 EUR from the balance" in result.out
    assert "applied 10, live 25, wanted 10" in result.out
    assert result.out.endswith("drift found and restored.\n")
    assert result.err == ""
    assert project.asked() == []
