"""A project's own rules: checked offline, held against a plan, and again when it is applied."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import jsonschema
import pytest

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

POLICY = """\
# yaml-language-server: $schema=../schemas/policy.schema.json
apiVersion: reconciler/v1
kind: Policy
metadata: {name: bounded-discounts}
spec:
  severity: deny
  match: {kinds: [Discount], actions: [create, update]}
  when: change.after.percentage > 10.0
  message: more than 10 % needs the head of sales
"""
DENIED = "bounded-discounts: Discount/globex-june: more than 10 % needs the head of sales"
FILE = "policies/discounts.yaml"


def excused(days: int) -> str:
    """Write the policy with an exception that lasts for so many days from today."""
    until = datetime.now(UTC).date() + timedelta(days=days)
    return (
        f"{POLICY}  exceptions:\n    - {{address: Discount/globex-june, owner: alice@example, "
        f"until: {until}, reason: the June campaign}}\n"
    )


def test_plan_against_a_policy_is_shown_saved_and_refused(project: CommandLineProject) -> None:
    """Exit code 4; the finding stands at the rule, in the text, the document and the file."""
    project.write(FILE, POLICY)

    text = project.run("plan", "--out", "plan.json", code=4)
    document = project.run("plan", "--json", code=4)

    assert f"{FILE}:8:9: error[policy]: {DENIED}\n" in text.out
    assert "error: refused: policy bounded-discounts denies Discount/globex-june: " in text.out
    (finding,) = document.document["findings"]
    assert (finding["severity"], finding["code"]) == ("error", "policy")
    assert finding["message"] == DENIED
    assert finding["source"] == {"file": FILE, "line": 8, "column": 9}
    assert "policy bounded-discounts denies" in document.err
    schema = json.loads((project.root / "schemas" / "plan.schema.json").read_text())
    jsonschema.validate(document.document, schema)
    saved = json.loads((project.root / "plan.json").read_text())
    assert saved["findings"] == document.document["findings"]


@pytest.mark.parametrize("words", [("--yes",), ("plan.json",), ("--yes", "--json")])
def test_apply_against_a_policy_writes_nothing(
    project: CommandLineProject, words: tuple[str, ...]
) -> None:
    """No consent lifts it, not even all of them."""
    project.write(FILE, POLICY)
    project.run("plan", "--out", "plan.json", code=4)

    result = project.run("apply", *words, "--allow", "charge", "--allow", "delete", code=4)

    assert "policy bounded-discounts denies Discount/globex-june" in result.out + result.err
    assert project.writes() == []


def test_policy_made_stricter_since_stops_a_saved_plan(project: CommandLineProject) -> None:
    """The rules are those of the project now, never those of the plan."""
    project.write(FILE, POLICY.replace("> 10.0", "> 20.0"))
    project.run("plan", "--out", "plan.json")
    project.edit(FILE, "> 20.0", "> 10.0")

    assert "denies Discount/globex-june" in project.run("apply", "plan.json", code=4).err
    assert "denies Discount/globex-june" in project.run("apply", "--dry-run", code=4).out
    assert project.writes() == []


def test_policy_made_laxer_since_lets_a_saved_plan_pass_once(project: CommandLineProject) -> None:
    """What was found then may differ from now; that the plan was applied is known all the same."""
    project.write(FILE, POLICY)
    project.run("plan", "--out", "plan.json", code=4)
    project.edit(FILE, "severity: deny", "severity: warn")

    applied = project.run("apply", "plan.json").out

    assert f"warning[policy]: {DENIED}" in applied
    assert "applied before" in project.run("apply", "plan.json", code=5).err


def test_undo_is_checked_against_the_policies(project: CommandLineProject) -> None:
    """A plan that takes a run back is a plan: shown, refused, and not applied."""
    project.run("apply", "--yes")
    (run,) = project.run("undo", "--json").document["runs"]
    project.write(
        FILE,
        POLICY.replace("[create, update]", "[delete]").replace("> 10.0", "> 0.0 || true"),
    )
    before = project.writes()

    undone = project.run("undo", run["run"], "--out", "undo.json", "--allow", "delete", code=4)

    assert "policy bounded-discounts denies Discount/globex-june" in undone.out
    project.run("apply", "undo.json", "--allow", "delete", code=4)
    assert project.writes() == before


def test_policy_results_in_a_saved_plan_are_not_trusted(project: CommandLineProject) -> None:
    """A saved plan carries no rules: one without a finding is judged like any other."""
    project.run("plan", "--out", "plan.json")
    project.write(FILE, POLICY)

    project.run("apply", "plan.json", code=4)
    assert project.writes() == []


def test_exception_lets_a_change_pass_and_names_its_owner(project: CommandLineProject) -> None:
    """Until its last day, and each time it is said who answers for it."""
    project.write(FILE, excused(90))

    text = project.run("plan").out
    (finding,) = project.run("plan", "--json").document["findings"]

    assert "note[policy-exception]: bounded-discounts: the exception of alice@example" in text
    assert "(the June campaign) excuses it until" in text
    assert finding["severity"] == "note"
    project.run("apply", "--yes")


def test_exception_that_ended_excuses_nothing(project: CommandLineProject) -> None:
    """The owner learns of it where the violation is reported."""
    project.write(FILE, excused(-1))

    assert "; the exception of alice@example ended on " in project.run("plan", code=4).out


def test_warning_does_not_stop_anything(project: CommandLineProject) -> None:
    """It is said, and the exit code stays what it was."""
    project.write(FILE, POLICY.replace("severity: deny", "severity: warn"))

    assert f"warning[policy]: {DENIED}" in project.run("plan").out
    project.run("plan", "--detailed-exitcode", code=2)
    project.run("apply", "--yes")


def test_policy_over_the_plan_counts_its_changes(project: CommandLineProject) -> None:
    """One sum over all that would be done."""
    project.write(
        FILE,
        POLICY.replace("match: {kinds: [Discount], actions: [create, update]}", "scope: plan")
        .replace("change.after.percentage > 10.0", "plan.counts.create > 1")
        .replace("more than 10 % needs the head of sales", "one thing at a time"),
    )

    assert "denies the plan: one thing at a time" in project.run("plan", code=4).out
    project.run("plan", "--only", "Client/globex")


def test_policy_with_errors_stops_before_the_first_request(project: CommandLineProject) -> None:
    """Exit code 3 with the place inside the file; `validate` finds the same, offline."""
    text = POLICY.replace(
        "when: change.after.percentage", "when: |\n    true &&\n    change.aftr.x"
    )
    project.write(FILE, text)
    place = f"{FILE}:10:16: error[policy-expression]: bounded-discounts: undeclared reference to "

    assert place in project.run("plan", code=3).err
    assert place in project.run("apply", "--yes", code=3).err
    assert place in project.run("validate", code=3).out
    assert place in project.run("validate", FILE, code=3).out
    project.run("validate", "manifests")
    assert project.asked() == []


def test_expression_that_exhausts_memory_is_refused(project: CommandLineProject) -> None:
    """A pull request can hold any expression: the plan of it ends, with exit code 4."""
    bomb = "['aaaaaaaaaaaaaaaa']" + ".map(x, x + x + x + x + x + x + x + x)" * 12 + "[0] == ''"
    project.write(FILE, POLICY.replace("change.after.percentage > 10.0", f'"{bomb}"'))

    assert "could not be evaluated" in project.run("plan", code=4).out


def test_policy_input_contains_no_secret(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An expression sees where a secret comes from, and cannot even guess at its text."""
    monkeypatch.setenv("GLOBEX_PASSWORD", "correct horse")
    project.edit(
        "manifests/globex.yaml",
        "  name: Globex",
        "  name: Globex\n  password: {env: GLOBEX_PASSWORD}",
    )
    policy = POLICY.replace("[Discount]", "[Client]")
    seen = "change.after.password != '(secret from env)' || change.after.password.contains('horse')"

    project.write(FILE, policy.replace("change.after.percentage > 10.0", seen))

    project.run("plan")


def test_folder_of_policies_can_be_named(project: CommandLineProject) -> None:
    """One that is named must hold policies: rules do not vanish unseen."""
    project.edit("reconciler.yaml", "  targets:", "  policies: rules\n  targets:")

    assert "rules: error[path-missing]" in project.run("plan", code=3).err
    project.write("rules/discounts.yaml", POLICY)
    assert "rules/discounts.yaml:8:9" in project.run("plan", code=4).out


def test_project_without_policies_starts_no_process(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nobody to judge and nothing to load; with a policy there would be."""
    monkeypatch.setattr("sys.executable", "/nowhere/python")

    project.run("validate")
    project.run("apply", "--yes")


def test_manifest_in_the_policy_folder_is_reported(project: CommandLineProject) -> None:
    """Neither is read for the other."""
    project.write("manifests/rule.yaml", POLICY)

    assert "a policy is not a manifest" in project.run("validate", code=3).out


def test_reference_is_explained(project: CommandLineProject) -> None:
    """What a policy can look at is one command away."""
    assert "change.after" in project.run("explain", "Policy").out
