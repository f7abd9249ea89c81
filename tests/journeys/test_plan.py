"""``plan`` reads, shows, saves, and never writes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.command_line import CLIENT, DISCOUNT

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

ESCAPE = "\x1b["


def test_detailed_exitcode_reports_pending_changes(project: CommandLineProject) -> None:
    """0 by default, 2 on demand, 0 again when nothing is left."""
    project.run("plan")
    project.run("plan", "--detailed-exitcode", code=2)
    project.run("apply", "--yes")
    project.run("plan", "--detailed-exitcode")


def test_plan_writes_nothing_to_the_panel(project: CommandLineProject) -> None:
    """Not one request of a plan or of a look for drift changes anything."""
    project.run("plan", "--out", "plan.json", "--allow", "delete")
    project.run("drift")

    assert project.asked() != []
    assert project.writes() == []


def test_invalid_manifest_stops_before_the_first_request(project: CommandLineProject) -> None:
    """All findings at once, with their places, and the panel is not even asked."""
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 150\n  colour: red")

    text = project.run("plan", code=3)
    document = project.run("plan", "--json", code=3)
    offline = project.run("validate", "--json", code=3)

    assert text.out == ""
    assert "manifests/june.yaml:6:" in text.err
    assert "manifests/june.yaml:7:" in text.err
    assert document.document["error"]["code"] == "manifests"
    assert document.document["error"]["findings"] == offline.document["findings"]
    assert project.asked() == []


def test_validate_reports_findings_of_the_named_files_only(project: CommandLineProject) -> None:
    """A file is judged with the others in view, and its findings alone are shown."""
    project.write("manifests/bad.yaml", "kind: Nothing\n")

    good = project.run("validate", "manifests/june.yaml")

    assert good.out == "1 resource, no errors: valid.\n"
    assert "manifests/bad.yaml:1:" in project.run("validate", code=3).out
    project.run("validate", "manifests/bad.yaml", code=3)


def test_project_file_with_errors_exits_with_3(project: CommandLineProject) -> None:
    """The project file is held to the same standard as a manifest."""
    project.edit("reconciler.yaml", "  manifests: [manifests]", "  manifest: [manifests]")

    assert "reconciler.yaml:" in project.run("plan", code=3).err


def test_plan_beyond_a_guard_is_shown_saved_and_refused(project: CommandLineProject) -> None:
    """Exit code 4, with the reasons; the plan is there to be looked at."""
    project.run("apply", "--yes")
    (project.root / "manifests" / "june.yaml").unlink()

    text = project.run("plan", "--out", "plan.json", code=4)
    document = project.run("plan", "--json", code=4)

    assert "  - Discount/globex-june" in text.out
    assert "error: refused: " in text.out
    assert "maxDeleteShare" in text.out
    assert json.loads((project.root / "plan.json").read_text())["summary"]["delete"] == 1
    assert document.document["summary"]["delete"] == 1
    assert "maxDeleteShare" in document.err
    project.run("plan", "--allow", "delete")


def test_view_is_narrowed_by_name_and_by_label(project: CommandLineProject) -> None:
    """What is out of view is neither changed nor judged absent."""
    named = project.run("plan", "--only", "Client/globex").out
    labelled = project.run("plan", "-l", "team=emea").out

    assert "+ Client/globex" in named
    assert "Discount" not in named
    assert labelled == named


def test_unmanaged_object_is_adopted_or_refused(project: CommandLineProject) -> None:
    """An object of the same identity is taken over in the plan, or blocked on demand."""
    project.run("apply", "--yes")
    project.run("forget", "Client/globex")

    adopted = project.run("plan", "--only", "Client/globex").out
    refused = project.run("plan", "--only", "Client/globex", "--no-adopt").out

    assert "  = Client/globex  (id " in adopted
    assert "1 to adopt" in adopted
    assert "  x Client/globex  (id " in refused
    assert "blocked: " in refused


@pytest.mark.parametrize(
    ("words", "environ", "coloured"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "auto"], {"NO_COLOR": "1"}, False),
        (["--color", "always", "--json"], {}, False),
    ],
)
def test_colour_is_off_without_a_terminal(
    project: CommandLineProject,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    environ: dict[str, str],
    *,
    coloured: bool,
) -> None:
    """A pipe gets plain text, NO_COLOR is minded, and JSON is never coloured."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    assert (ESCAPE in project.run("plan", *words).out) is coloured


def test_log_is_beside_the_report(project: CommandLineProject) -> None:
    """-v logs to standard error, as text or JSON, and the report stays whole."""
    text = project.run("plan", "-v")
    lines = project.run("plan", "--json", "-vv", "--log-format", "json")

    assert "INFO reconciler.panel" in text.err
    assert lines.document["formatVersion"] == "1"
    assert {json.loads(line)["level"] for line in lines.err.splitlines()} == {"INFO", "DEBUG"}


def test_plan_that_cannot_be_saved_exits_with_10(project: CommandLineProject) -> None:
    """A report that was asked for and cannot be written is a failure."""
    project.run("plan", "--out", "reconciler.yaml/plan.json", code=10)


def test_saved_plan_is_shown_without_panel_and_project(
    project: CommandLineProject,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """As it was made, as text and as JSON; the panel is not asked, and no project is needed."""
    planned = project.run("plan", "--out", "plan.json")
    asked = len(project.asked())
    saved = (project.root / "plan.json").read_text()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    path = str(project.root / "plan.json")

    text = project.run("show", path)
    document = project.run("show", path, "--format", "json")

    assert planned.out == (
        f"{text.out}\nSaved as plan.json.\n"
        "  to read it:  reconciler show plan.json\n"
        "  to apply it: reconciler apply plan.json\n"
    )
    assert f"To apply all of it: reconciler apply {path}" in text.err
    assert document.document == json.loads(saved)
    assert len(project.asked()) == asked


@pytest.mark.parametrize(
    ("before", "after"),
    [('"createdAt"', ""), ('"percentage"', '"percent"'), ('"formatVersion": "1"', '"a": "2"')],
)
def test_saved_plan_that_was_touched_is_not_shown(
    project: CommandLineProject, before: str, after: str
) -> None:
    """Exit code 10 for one that is cut, was edited, or is of another version."""
    project.run("plan", "--out", "plan.json")
    project.edit("plan.json", before, after)

    assert "plan.json" in project.run("show", "plan.json", code=10).err


@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes"), ("apply", "--dry-run")])
@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("-l", "team=emae"), "did you mean 'team=emea'?"),
        (("-l", "colour=red"), "there are team=emea"),
        (("--only", "Discount/globex-jun"), "did you mean 'Discount/globex-june'"),
        (
            ("--only", "Client/globex", "-l", "team=emea", "-l", "team=emea2"),
            "did you mean 'team=emea'?",
        ),
        (("--only", "Discount/globex-june", "-l", "team=emea"), "no resource fits all of"),
    ],
)
def test_selection_that_selects_nothing_is_an_error(
    project: CommandLineProject, command: tuple[str, ...], words: tuple[str, ...], hint: str
) -> None:
    """Exit code 3 with what comes near, before the panel is asked: a green run proves nothing."""
    result = project.run(*command, *words, code=3)

    assert hint in result.err
    assert project.asked() == []


def test_labels_of_a_client_hold_for_its_inline_children(project: CommandLineProject) -> None:
    """They are selected with it, though they have no labels of their own."""
    project.write(
        "manifests/globex.yaml",
        "apiVersion: reconciler/v1\nkind: Client\nmetadata: {name: globex, labels: {team: emea}}\n"
        "spec:\n  email: pay@globex.example\n  name: Globex\n  discounts:\n"
        "    - {name: inner, percentage: 5, type: Percentage discount, appliesTo: Order}\n",
    )

    planned = project.run("plan", "-l", "team=emea", "--json").document

    found = [each["address"] for each in planned["changes"]]
    assert found == ["Client/globex", "Discount/inner"]


def test_possible_duplicate_is_reported_in_every_format(project: CommandLineProject) -> None:
    """Somebody made the discount by hand: the plan names it, and how to take it over."""
    project.write("manifests/june.yaml", CLIENT.replace("globex", "initech"))
    project.run("apply", "--yes")
    owned = project.run("inventory", "--json").document["resources"]
    client = next(each["id"] for each in owned if each["address"] == "Client/globex")
    project.panel("account.discount.edit", plid=client, percentage="15", sok="ok")
    manifest = DISCOUNT.replace("Order and renewal", "Renewal") + "  note: ours\n"
    project.write("manifests/june.yaml", manifest)
    text = " ".join(project.run("plan").out.split())
    document = project.run("plan", "--json").document
    (finding,) = [each for each in document["findings"] if each["code"] == "resembles-live"]

    assert "manifests/june.yaml:1:1: warning[resembles-live]: Discount/globex-june" in text
    assert finding["message"] in text
    number = finding["message"].partition("resembles the unmanaged object ")[2].partition(":")[0]
    adopt = f'lifecycle: {{adopt: {{id: "{number}"}}}}'
    assert adopt in finding["message"]

    project.write("manifests/june.yaml", f"{adopt}\n{manifest}")
    (change,) = [
        each
        for each in project.run("plan", "--json").document["changes"]
        if each["address"] == "Discount/globex-june"
    ]
    assert (change["action"], change["id"]) == ("adopt", number)


def test_timings_say_what_was_asked_and_for_what(project: CommandLineProject) -> None:
    """The counts add up to the requests that the panel got, and the report stays as it is."""
    project.run("apply", "--yes")
    plain = project.run("plan").out
    before = len(project.asked())

    timed = project.run("plan", "--timings")

    assert timed.out == plain
    assert re.search(
        r"^Time: \d+\.\d\d s to load, \d+\.\d\d s to read and to plan$", timed.err, re.MULTILINE
    )
    requests, _, forms = timed.err.partition("Forms: ")
    counts = [int(count) for count in re.findall(r"^  ([\d,]+) × ", requests, re.MULTILINE)]
    sent = project.asked()[before:]
    assert sum(counts) == len(sent) == int(re.findall(r"Requests: (\d+)", requests)[0])
    assert re.findall(r"^  1 × account\.discount\.edit: (.*)$", forms, re.MULTILINE) == [
        "the list does not show which resource it is",
        "the options that it offers",
    ]
