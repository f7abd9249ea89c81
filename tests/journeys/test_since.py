"""``plan --since``: the changes that no line of the branch explains stand first."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.command_line import CLIENT, DISCOUNT
from tests.support.git import commit_all, git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

JUNE = "manifests/june.yaml"
JULY = DISCOUNT.replace("globex-june", "globex-july").replace("Order and renewal", "Order")
WHOLE = """\
  discounts:  # all of them
    - name: june
      percentage: 15
      type: Percentage discount
      appliesTo: Order and renewal
"""


def explained(project: CommandLineProject, *words: str) -> dict[str, Any]:
    """Return what a plan says of each change: true, or the cause and the edits."""
    consents = ("--allow", "prune")
    document = project.run("plan", "--since", "main", "--json", *consents, *words).document
    changes = document["changes"]
    found = {
        each["address"]: True if each["explained"] else each["unexplained"] for each in changes
    }
    open_ones = [address for address, words in found.items() if words is not True]
    assert document["unexplained"] == open_ones
    return found


def applied(project: CommandLineProject) -> None:
    """Apply the project, commit it to ``main``, and begin a branch; no guard is in the way."""
    project.edit("reconciler.yaml", "maxDeleteShare: 0.2", "maxDeleteShare: null")
    project.edit("reconciler.yaml", "maxUpdateShare: 0.5", "maxUpdateShare: null")
    project.run("apply", "--yes")
    commit_all(project.root)
    git(project.root, "switch", "-q", "-c", "feature")


def test_change_of_the_branch_is_explained(project: CommandLineProject) -> None:
    """A line of the branch that is not committed yet explains its change as well."""
    applied(project)
    project.edit(JUNE, "percentage: 15", "percentage: 16")

    reported = project.run("plan", "--since", "main").out

    assert "The lines since main (" in reported
    assert "explain the one change:\n  ~ Discount/globex-june" in reported
    assert explained(project) == {"Discount/globex-june": True}


def test_manual_edit_stands_first(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """Drift that the plan reverts is named before what the branch asks for."""
    applied(project)
    discount_by_hand(percentage="40")
    project.edit("manifests/globex.yaml", "name: Globex", "name: Globex Corp")

    reported = project.run("plan", "--since", "main").out

    first, _, second = reported.partition("The lines since main (")
    assert "explains 1 of 2 changes: the plan also reverts 1 manual edit:" in first
    assert "not of this branch: somebody changed percentage in the panel" in first
    assert "Client/globex" in second
    assert explained(project) == {
        "Client/globex": True,
        "Discount/globex-june": {"cause": "drift", "edits": ["percentage"]},
    }


def test_manual_edit_beside_an_explained_one_is_named(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """A resource that the branch edits can hide no edit of another field."""
    applied(project)
    discount_by_hand(percentage="40")
    project.edit(JUNE, "appliesTo: Order and renewal", "appliesTo: Order")

    assert explained(project) == {
        "Discount/globex-june": {"cause": "drift", "edits": ["percentage"]}
    }


def test_work_of_an_earlier_commit_is_named(project: CommandLineProject) -> None:
    """What ``main`` declares and nobody applied is no work of the branch."""
    applied(project)
    git(project.root, "switch", "-q", "main")
    project.write("manifests/july.yaml", JULY)
    project.edit("manifests/globex.yaml", "name: Globex", "name: Globex Corp")
    commit_all(project.root)
    git(project.root, "switch", "-q", "-C", "feature")
    project.edit(JUNE, "percentage: 15", "percentage: 16")

    assert explained(project) == {
        "Client/globex": {"cause": "earlier", "edits": ["name"]},
        "Discount/globex-june": True,
        "Discount/globex-july": {"cause": "earlier", "edits": []},
    }


def test_commits_of_the_other_branch_explain_nothing(project: CommandLineProject) -> None:
    """The branch is compared with the commit at which it left, and not with the newest one."""
    applied(project)
    project.edit(JUNE, "percentage: 15", "percentage: 16")
    git(project.root, "stash", "-q")
    git(project.root, "switch", "-q", "main")
    project.write("manifests/july.yaml", JULY)
    commit_all(project.root)
    project.run("apply", "--yes")
    git(project.root, "switch", "-q", "feature")
    git(project.root, "stash", "pop", "-q")

    assert explained(project) == {
        "Discount/globex-june": True,
        "Discount/globex-july": {"cause": "earlier", "edits": []},
    }


def test_removal_is_explained_by_the_removed_line(project: CommandLineProject) -> None:
    """A manifest that the branch removes explains the delete; so does one that it renames."""
    project.write("manifests/july.yaml", JULY)
    applied(project)
    (project.root / "manifests/july.yaml").unlink()
    (project.root / JUNE).rename(project.root / "manifests/moved.yaml")

    assert explained(project) == {"Discount/globex-july": True}


def test_renamed_resource_hides_no_manual_edit(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """With ``movedFrom`` a resource is compared with its declaration under the former name."""
    applied(project)
    discount_by_hand(percentage="40")
    project.edit(JUNE, "{name: globex-june}", "{name: globex-summer}")
    project.edit(JUNE, "spec:", "lifecycle: {movedFrom: [globex-june]}\nspec:")

    assert explained(project)["Discount/globex-summer"]["edits"] == ["percentage"]


def test_object_added_by_hand_is_named(project: CommandLineProject) -> None:
    """What somebody added to a whole list is deleted by no line of the branch."""
    (project.root / JUNE).unlink()
    project.write("manifests/globex.yaml", CLIENT + WHOLE)
    applied(project)
    owned = project.run("inventory", "--json").document["resources"]
    parent = next(each["id"] for each in owned if each["address"] == "Client/globex")
    project.panel("account.discount.edit", plid=parent, sok="ok", percentage="7", type="5")

    found = explained(project)

    assert list(found.values()) == [{"cause": "added", "edits": []}]


def test_list_declared_whole_by_the_branch_explains_its_deletes(
    project: CommandLineProject,
) -> None:
    """The new list is a line of the branch, and what it leaves out is deleted because of it."""
    applied(project)
    owned = project.run("inventory", "--json").document["resources"]
    parent = next(each["id"] for each in owned if each["address"] == "Client/globex")
    project.panel("account.discount.edit", plid=parent, sok="ok", percentage="7", type="5")
    (project.root / JUNE).unlink()
    project.write("manifests/globex.yaml", CLIENT + WHOLE)

    found = explained(project)

    assert len(found) > 1
    assert set(map(str, found.values())) == {"True"}


def test_saved_plan_with_explanations_is_shown_and_applied(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """The explanations are part of the file; the apply compares the changes alone."""
    applied(project)
    discount_by_hand(percentage="40")
    made = project.run("plan", "--since", "main", "--out", "plan.json").out

    shown = project.run("show", "plan.json").out
    project.run("apply", "plan.json", "--yes")

    assert shown.splitlines()[:5] == made.splitlines()[:5]
    assert "not of this branch" in shown
    assert "No changes" in project.run("plan", "--since", "main").out


def test_edited_explanation_is_found_out(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """Nobody can mark a change as explained in a saved plan."""
    applied(project)
    discount_by_hand(percentage="40")
    project.run("plan", "--since", "main", "--out", "plan.json")
    saved = json.loads((project.root / "plan.json").read_text(encoding="utf-8"))
    saved["changes"][0]["explained"] = True
    project.write("plan.json", json.dumps(saved))

    assert "was edited" in project.run("apply", "plan.json", "--yes", code=4).err


def test_working_tree_is_not_touched(project: CommandLineProject, tmp_path: Path) -> None:
    """Neither a file nor the index nor a reference changes."""
    applied(project)
    project.edit(JUNE, "percentage: 15", "percentage: 16")

    def state() -> list[tuple[str, bytes]]:
        folder = project.root / ".git"
        files = [*folder.rglob("*"), *(project.root / "manifests").rglob("*")]
        return sorted((str(each), each.read_bytes()) for each in files if each.is_file())

    before, names = state(), set(tmp_path.iterdir())
    project.run("plan", "--since", "main")

    assert state() == before
    assert set(tmp_path.iterdir()) == names


def test_project_in_a_folder_of_the_repository(project: CommandLineProject) -> None:
    """The folder of the project is found in the commit, whatever lies beside it."""
    commit_all(project.root.parent)
    git(project.root.parent, "switch", "-q", "-c", "feature")
    project.edit(JUNE, "percentage: 15", "percentage: 16")

    found = explained(project)

    assert found["Discount/globex-june"] == {"cause": "earlier", "edits": []}
    assert explained(project, "--manifests", "manifests") == found


def test_project_that_the_branch_adds_explains_all(project: CommandLineProject) -> None:
    """Where the commit has no project, every resource is new."""
    shutil.copytree(project.root, project.root.parent / "kept")
    shutil.rmtree(project.root)
    project.root.mkdir()
    commit_all(project.root.parent)
    shutil.copytree(project.root.parent / "kept", project.root, dirs_exist_ok=True)
    os.chdir(project.root)

    assert set(explained(project).values()) == {True}


@pytest.mark.parametrize(
    "reference", ["nowhere", "--upload-pack=touch x", "-v", "", "a\nb", "^main", "main..HEAD"]
)
def test_unknown_reference_is_wrong_usage(project: CommandLineProject, reference: str) -> None:
    """Git is asked for a commit of that name, and for nothing else."""
    applied(project)

    result = project.run("plan", f"--since={reference}", code=64)

    assert "--since" in result.err


def test_folder_without_a_repository_is_an_error(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the cause, and the way to do without."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.root.parent))

    result = project.run("plan", "--since", "main", code=3)

    assert "not a git repository" in result.err
    assert "without --since" in result.err
    assert project.asked() == []
    document = project.run("plan", "--since", "main", "--json", code=3).document
    assert document["error"]["code"] == "commit"


def test_machine_without_git_is_an_error(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container without the program says so."""
    applied(project)
    monkeypatch.setenv("PATH", str(project.root))

    assert "install it" in project.run("plan", "--since", "main", code=3).err


def test_shallow_clone_is_an_error(project: CommandLineProject, tmp_path: Path) -> None:
    """The history that a pipeline cut off may hide where the branch began."""
    applied(project)
    for name in ("one", "two"):
        project.write("manifests/note.yaml", DISCOUNT.replace("june", name))
        commit_all(project.root, name)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{project.root}", str(clone))
    os.chdir(clone)

    for reference in ("main", "HEAD~2"):
        result = project.run("plan", "--since", reference, code=3)
        assert "git fetch --unshallow" in result.err
        assert "fetch-depth: 0" in result.err


def test_broken_manifests_of_the_commit_are_an_error(project: CommandLineProject) -> None:
    """They never count as empty; the message has the commit and the place."""
    project.edit(JUNE, "percentage: 15", "percentage: 150")
    first = commit_all(project.root)
    project.edit(JUNE, "percentage: 150", "percentage: 15")

    result = project.run("plan", "--since", "main", code=3)

    assert f"the manifests of main ({first[:7]}) do not load: {JUNE}:" in result.err


POLICY = """\
apiVersion: reconciler/v1
kind: Policy
metadata: {name: NAME}
spec:
  severity: deny
  scope: plan
  when: "plan.counts['delete'] > 5"
  message: too many
"""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ops"
APPROVALS = f"""\
  approvals: [{{when: {{classes: [delete]}}, from: [ops]}}]
  approvers: {{ops: {{keys: ["{KEY}"]}}}}
"""


def test_rules_that_the_branch_changes_are_named_first(project: CommandLineProject) -> None:
    """A pull request that weakens its own guards says so above everything else."""
    project.edit("reconciler.yaml", "  guards:", f"{APPROVALS}  guards:")
    project.write("policies/few.yaml", POLICY.replace("NAME", "few-deletes"))
    project.write("policies/more.yaml", POLICY.replace("NAME", "more"))
    applied(project)
    project.edit(JUNE, "percentage: 15", "percentage: 16")
    project.run("plan", "--since", "main", "--out", "plan.json")
    assert "rules-changed" not in (project.root / "plan.json").read_text(encoding="utf-8")

    project.edit("reconciler.yaml", "maxDeletes: 10", "maxDeletes: 500")
    project.edit("reconciler.yaml", "{EUR: 500}", "{EUR: 100, USD: 5}")
    project.edit("reconciler.yaml", "maxRateMove: 0.2", "maxRateMove: null")
    project.edit("reconciler.yaml", APPROVALS, "  lint: {levels: {BM301: off}}\n")
    project.edit("policies/few.yaml", "> 5", "> 50")
    (project.root / "policies/more.yaml").unlink()
    project.write("policies/new.yaml", POLICY.replace("NAME", "new"))
    plan = project.run("plan", "--since", "main", "--out", "plan.json").out
    comment = project.run("comment", "plan.json").out

    base = f"(since main ({git(project.root, 'rev-parse', '--short=7', 'main').strip()}))"
    lines = [
        "guard maxDeletes: 10 → 500: weaker",
        "guard maxCharge in EUR: 500 → 100",
        "guard maxCharge in USD: refused → 5: weaker",
        "guard maxRateMove: 0.2 → no bound: weaker",
        "approval that is no longer asked for: ops when delete: weaker",
        "keys that approve as ops: − ops",
        "level of lint rule BM301: its own → off: weaker",
        "policy few-deletes: changed",
        "policy more: removed: weaker",
        "policy new: new",
    ]
    for line in lines:
        assert f"warning[rules-changed]: {line} {base}\n" in plan
        assert f"warning[rules-changed]: {line} {base}\n" in comment
    assert "reconciler.yaml: warning[rules-changed]: guard" in comment
    assert "policies/few.yaml:7:9: warning[rules-changed]" in comment
    head = "This branch changes the rules for its own plan"
    assert comment.index("### Plan for") < comment.index(head) < comment.index("globex-june")
    assert "Findings (" not in comment
    project.run("apply", "plan.json", "--yes")


def test_only_what_the_branch_changed_is_read_and_planned(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """Drift elsewhere is not looked at, and the plan says how much was not."""
    applied(project)
    discount_by_hand(percentage="40")
    project.edit("manifests/globex.yaml", "name: Globex", "name: Globex Corp")
    before = len(project.asked())

    reported = project.run("plan", "--since", "main", "--only-changed").out

    assert "~ Client/globex" in reported
    assert "globex-june" not in reported
    assert "Unchecked: 1 declared resource outside the selection." in reported
    assert not [each for each in project.asked()[before:] if "discount" in each.func]


def test_plan_of_a_branch_that_removes_is_of_everything(project: CommandLineProject) -> None:
    """What has to go is judged by all that is declared, so nothing is left out."""
    applied(project)
    (project.root / JUNE).unlink()
    project.edit("manifests/globex.yaml", "name: Globex", "name: Globex Corp")
    words = ("--only-changed", "--allow", "delete", "--allow", "prune")

    reported = project.run("plan", "--since", "main", *words).out

    assert "- Discount/globex-june" in reported
    assert "~ Client/globex" in reported
    assert "Unchecked" not in reported


@pytest.mark.parametrize(
    "words",
    [(), ("--since", "main", "--only", "Client/globex"), ("--since", "main", "-l", "team=emea")],
)
def test_only_changed_needs_a_reference_and_no_other_selection(
    project: CommandLineProject, words: tuple[str, ...]
) -> None:
    """It says what it goes with, before anything is asked of the panel."""
    applied(project)
    before = len(project.asked())
    result = project.run("plan", "--only-changed", *words, code=64)
    assert "--only-changed goes with --since REF" in result.err
    assert len(project.asked()) == before
