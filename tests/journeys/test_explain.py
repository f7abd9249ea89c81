"""Every kind and every topic is explained with an example that is valid as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import reconciler
from reconciler.kinds.catalogue import discover
from reconciler.report.explain import POLICY
from reconciler.report.explain_topics import TOPICS

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

KINDS = [kind.name for kind in discover().resources]


def _example(project: CommandLineProject, subject: str) -> str:
    return project.run("explain", subject).out.partition("\nExample:\n\n")[2]


def _without_manifests(project: CommandLineProject) -> None:
    for path in (project.root / "manifests").iterdir():
        path.unlink()


@pytest.mark.parametrize("subject", [*KINDS, *TOPICS, POLICY])
def test_example_loads_without_a_finding(project: CommandLineProject, subject: str) -> None:
    """What is pasted from an explanation to a file is taken as it is."""
    if subject == POLICY:
        pytest.importorskip("cel_expr_python")
    example = _example(project, subject)
    places = {"kind: Project": "reconciler.yaml", "kind: Policy": "policies/example.yaml"}
    place = next((places[line] for line in example.splitlines() if line in places), "")
    if not place:
        _without_manifests(project)
    project.write(place or "manifests/example.yaml", example)
    if "client: acme\n" in example:
        project.write("manifests/client.yaml", _example(project, "Client"))

    found = project.run("validate", "--json").document

    assert found["findings"] == []
    assert found["resources"] >= 1


def test_examples_of_all_kinds_are_one_project_that_can_be_applied(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox takes all of them, and a second plan is empty."""
    monkeypatch.setenv("ACME_PASSWORD", "Acme-77-password")
    _without_manifests(project)
    for kind in KINDS:
        text = _example(project, kind)
        project.write(
            f"manifests/{kind}.yaml", text.replace("{email: billing@acme.example}", "acme")
        )

    project.run("apply", "--yes", "--allow", "prune")

    assert "No changes" in project.run("plan", "--detailed-exitcode").out


def test_larger_example_of_the_repository_can_be_applied(project: CommandLineProject) -> None:
    """All of its manifests are made at the first apply, and the second plan is empty."""
    _without_manifests(project)
    for file in (Path(reconciler.__file__).parents[1] / "manifests").iterdir():
        project.write(f"manifests/{file.name}", file.read_text(encoding="utf-8"))

    project.run("apply", "--yes", "--allow", "charge")

    assert "No changes" in project.run("plan", "--detailed-exitcode").out


@pytest.mark.parametrize(
    ("asked", "reported"),
    [
        ("client", "Client: A client"),
        ("project", "Project: the project file"),
        ("POLICY", "Policy: a rule over plans"),
        ("taxrule.rate", "TaxRule.rate: "),
        ("Lifecycle.protect", "lifecycle: "),
    ],
)
def test_capitals_need_not_be_known(project: CommandLineProject, asked: str, reported: str) -> None:
    """A subject is found however it is written."""
    assert project.run("explain", asked).out.startswith(reported)


def test_unknown_subject_names_the_near_one(project: CommandLineProject) -> None:
    """Topics are among the words that are suggested."""
    result = project.run("explain", "lifecicle", code=64)

    assert result.err == (
        "error: there is nothing called 'lifecicle' to explain; did you mean 'lifecycle' or "
        "'lifecycle-changed' or 'invalid-lifecycle'?\n"
    )


def test_list_of_subjects_names_every_topic(project: CommandLineProject) -> None:
    """Without an argument, the command lists what it can explain."""
    lines = project.run("explain").out.splitlines()

    assert {line.split(" ")[0] for line in lines} >= {*KINDS, *TOPICS, POLICY}


@pytest.mark.parametrize(
    ("asked", "reported"),
    [
        (["plan"], "usage: reconciler plan "),
        (["sandbox", "seed"], "usage: reconciler sandbox seed "),
        (["exit-codes"], "exit-codes: "),
        (["4"], "exit code 4: refused: "),
        (["unknown-choice"], "unknown-choice: a finding of validate or plan\n"),
        (["create-only"], "create-only: a reason of a change or an outcome (reasonCode)\n"),
        (["stale-plan"], "stale-plan: the error of a failed command\n"),
        (["codes"], "codes: "),
        (["guards.maxDeletes"], "guards: "),
        (["Client.discounts"], "Discount: "),
    ],
)
def test_commands_exit_codes_and_keys_are_explained(
    project: CommandLineProject, asked: list[str], reported: str
) -> None:
    """Whatever can be typed or read in a report can be asked for."""
    assert project.run("explain", *asked).out.startswith(reported)


@pytest.mark.parametrize(
    ("asked", "reported"),
    [
        ("pln", "there is nothing called 'pln' to explain; did you mean 'plan' or 'explain'?"),
        ("TaxRule.ratte", "TaxRule has no field 'ratte'; did you mean 'rate'?"),
        # Another rule whose digits resemble these is not what was meant.
        ("BM999", "there is no rule 'BM999'; `reconciler explain lint` lists the rules"),
        (
            "qqq",
            "there is nothing called 'qqq' to explain; to list what there is: reconciler explain",
        ),
    ],
)
def test_unknown_words_are_answered_with_what_there_is(
    project: CommandLineProject, asked: str, reported: str
) -> None:
    """Near words of every sort are suggested, else the list of them."""
    assert project.run("explain", asked, code=64).err == f"error: {reported}\n"


def test_misspelt_rule_is_named_only_where_its_letters_are_wrong(
    project: CommandLineProject,
) -> None:
    """The same in the project file, which has the levels."""
    project.edit("reconciler.yaml", "spec:\n", "spec:\n  lint: {levels: {bm301: off}}\n")
    assert "there is no rule 'bm301'; did you mean 'BM301'?" in project.run("plan", code=3).err

    project.edit("reconciler.yaml", "bm301", "BM999")
    error = project.run("plan", code=3).err
    assert "there is no rule 'BM999'; `reconciler explain lint` lists the rules" in error


def test_word_of_several_sorts_is_explained_for_each(project: CommandLineProject) -> None:
    """A report holds the word alone: its reader may have seen any of them."""
    refused = project.run("explain", "refused").out
    policy = project.run("explain", "policy").out

    assert refused.count("\n  meaning  ") == 2
    assert policy.startswith("Policy: ")
    assert "\npolicy: a finding " in policy


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("Client.onCreate", "Client.onCreate.verifyEmail: "),
        ("ResourceSet.clients", "ResourceSet: "),
        ("Project.lint", "Project: "),
    ],
)
def test_map_is_explained_by_what_it_holds(
    project: CommandLineProject, asked: str, words: str
) -> None:
    """Who sees `onCreate:` in a manifest asks for that word."""
    assert words in project.run("explain", asked).out
