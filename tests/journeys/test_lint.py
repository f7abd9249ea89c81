"""`validate` reports a likely mistake; a certain mistake stops the round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.command_line import DISCOUNT

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

FREE = DISCOUNT.replace("percentage: 15", "percentage: 100")
WAIVER = "lint: {waive: [{code: BM303, reason: our own shop, owner: billing}]}\nspec:"


def codes(project: CommandLineProject, *arguments: str, code: int = 0) -> list[tuple[str, str]]:
    """Return the severities and codes that `validate` reports."""
    found = project.run("validate", "--json", *arguments, code=code).document["findings"]
    return [(each["severity"], each["code"]) for each in found]


def set_level(project: CommandLineProject, level: str) -> None:
    """Give a rule another level in the project file."""
    project.edit("reconciler.yaml", "  guards:", f"  lint: {{levels: {{{level}}}}}\n  guards:")


def test_likely_mistake_is_a_warning_with_its_place_and_stops_nothing(
    project: CommandLineProject,
) -> None:
    """The line is that of the field, and the apply goes on."""
    project.write("manifests/june.yaml", FREE)

    reported = project.run("validate").out
    applied = project.run("apply", "--yes").out

    assert (
        "manifests/june.yaml:6:15: warning[BM303]: Discount/globex-june: 100 per cent" in reported
    )
    assert "2 resources, 1 warning: valid." in reported
    assert "BM303" not in applied


def test_project_makes_a_rule_an_error_that_stops_plan_and_apply(
    project: CommandLineProject,
) -> None:
    """All three commands end with 3, and the panel is not asked."""
    project.write("manifests/june.yaml", FREE)
    set_level(project, "BM303: error")

    reported = [project.run(*command, code=3) for command in (("validate",), ("plan",), ("apply",))]

    assert ["error[BM303]" in each.out + each.err for each in reported] == [True] * 3
    assert project.asked() == []


def test_rule_that_is_off_is_not_asked(project: CommandLineProject) -> None:
    """A project that gives away services on purpose is not warned each time."""
    project.write("manifests/june.yaml", FREE)
    set_level(project, "BM303: off")

    assert codes(project) == []


def test_project_cannot_let_ended_waivers_last(project: CommandLineProject) -> None:
    """The project file is refused where it says so."""
    set_level(project, "BM190: note")

    assert "an ended waiver (BM190) is always an error" in project.run("validate", code=3).err


def test_waiver_takes_the_finding_away_for_its_document_alone(project: CommandLineProject) -> None:
    """The same in another document is still reported."""
    project.write("manifests/june.yaml", FREE.replace("spec:", WAIVER))
    project.write(
        "manifests/july.yaml", FREE.replace("june", "july").replace("Order and renewal", "{id: 26}")
    )

    found = project.run("validate", "--json").document["findings"]

    assert [(each["code"], each["source"]["file"]) for each in found] == [
        ("BM303", "manifests/july.yaml"),
    ]


def test_waiver_that_has_ended_is_an_error_and_waives_nothing(project: CommandLineProject) -> None:
    """What was excused until a day counts again after it, and the plan says so."""
    ended = WAIVER.replace("billing}", "billing, until: 2026-01-31}")
    project.write("manifests/june.yaml", FREE.replace("spec:", ended))

    assert codes(project, code=3) == [("error", "BM190"), ("warning", "BM303")]
    assert "error[BM190]: the waiver of BM303 by billing ended" in project.run("plan", code=3).err


def test_waiver_that_ended_over_night_stops_neither_the_watch_nor_the_way_back(
    project: CommandLineProject,
) -> None:
    """`drift`, `resume` and `undo` look at what was applied, and go on."""
    project.run("apply", "--yes")
    ended = WAIVER.replace("billing}", "billing, until: 2026-01-31}")
    project.write("manifests/june.yaml", FREE.replace("spec:", ended))

    project.run("drift")
    project.run("resume")
    runs = project.run("undo").out.split()
    assert "undone exactly" in project.run("undo", runs[0], code=4).out  # a guard, later


@pytest.mark.parametrize(
    ("waiver", "reported"),
    [
        ("{code: BM330, reason: r, owner: o}", "warning[BM303]"),
        ("{code: BM3033, reason: r, owner: o}", "`reconciler explain lint` lists"),
        ("{code: BM303, owner: o}", "reason: say why the rule is waived"),
        ("{code: BM303, reason: r}", "owner: say who answers for the waiver"),
        ("{code: BM303, reason: r, owner: o, until: soon}", "until: a day as YYYY-MM-DD"),
        ("{code: BM303, reason: r, owner: o, resource: globex-jnue}", "declares no 'globex-jnue'"),
        ("{code: BM303, reason: r, owner: o, why: r}", "a waiver has no key 'why'"),
        ("BM303", "expected {code: …, reason: …, owner: …}"),
    ],
)
def test_waiver_that_is_not_understood_waives_nothing(
    project: CommandLineProject, waiver: str, reported: str
) -> None:
    """A mistake in a waiver is reported at its place, with what to write."""
    text = FREE.replace("spec:", f"lint: {{waive: [{waiver}]}}\nspec:")
    project.write("manifests/june.yaml", text)
    idle = "BM330" in waiver

    result = project.run("validate", code=0 if idle else 3)

    assert reported in " ".join(result.out.split())
    assert "manifests/june.yaml:4:" in result.out
    assert "warning[BM303]" in result.out


def test_findings_of_rules_are_bounded_in_text_and_complete_in_json(
    project: CommandLineProject,
) -> None:
    """Twenty of a file are shown; a program gets all of them."""
    many = [
        FREE.replace("june", f"j-{n}").replace("Order and renewal", f'{{id: "{n}"}}')
        for n in range(30)
    ]
    project.write("manifests/june.yaml", "---\n".join(many))

    shown = project.run("validate").out

    assert shown.count("BM303") == 20
    assert "… and 10 findings more" in shown
    assert codes(project) == [("warning", "BM303")] * 30


def test_rule_is_explained_by_its_code_in_any_case(project: CommandLineProject) -> None:
    """With a reason, both examples and a remedy; the list has all of them."""
    reported = project.run("explain", "bm303").out

    assert reported.startswith("BM303: A discount of 100 per cent has no end\n")
    assert "Bad:" in reported
    assert "How to fix: Write `to: YYYY-MM-DD`" in reported
    assert (
        "BM303  warning  A discount of 100 per cent has no end"
        in project.run("explain", "lint").out
    )
