"""``snapshot`` and ``plan --live``: the same plan without the panel, and clear words where not."""

from __future__ import annotations

import json
import shutil
import stat
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import PASSPHRASE
from tests.support.command_line import CLIENT, DISCOUNT
from tests.support.installs import SPEAKS, file_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.command_line import CommandLineProject

SERVICE = """\
apiVersion: reconciler/v1
kind: Service
metadata: {name: globex-web}
spec: {client: globex, type: vhost, tariff: Web Start, domain: web.globex.example}
"""
TAX = """\
apiVersion: reconciler/v1
kind: TaxRule
metadata: {name: globex-vat}
spec: {client: globex, provider: Main provider, rate: 20}
"""
NEW = CLIENT.replace("globex", "initech").replace("Globex", "Initech")


def changes(project: CommandLineProject, *words: str) -> list[Any]:
    """Return the changes that a plan shows in JSON."""
    found: list[Any] = project.run("plan", "--json", *words).document["changes"]
    return found


def forget_panel(project: CommandLineProject) -> None:
    """Leave neither the panel nor our own records, as in the checkout of a fork."""
    shutil.rmtree(project.root / ".reconciler")


def test_plan_against_a_snapshot_is_the_plan_against_the_panel(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """The digest is the same, without the panel, its records and credentials."""
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")
    project.write("manifests/web.yaml", SERVICE)
    live = project.run("plan", "--json").document
    told = project.run("snapshot", "--out", "live.json").err
    forget_panel(project)

    offline = project.run("plan", "--live", "live.json", "--json").document
    reported = project.run("plan", "--live", "live.json").out

    assert offline["digest"] == live["digest"]
    assert offline["snapshot"] == {"takenAt": offline["createdAt"], "pseudonyms": False}
    assert reported.startswith("From a snapshot of the panel, taken at 20")
    assert "reconciler plan --live live.json" in told
    assert not (project.root / ".reconciler").exists()


def test_snapshot_holds_what_other_manifests_need(project: CommandLineProject) -> None:
    """A branch may edit, remove and add resources of every kind to the recorded clients."""
    project.edit("reconciler.yaml", "maxDeleteShare: 0.2", "maxDeleteShare: null")
    project.run("apply", "--yes")
    project.run("snapshot", "--out", "live.json")
    project.edit("manifests/globex.yaml", "name: Globex", "name: Globex Corp")
    (project.root / "manifests/june.yaml").unlink()
    project.write("manifests/july.yaml", DISCOUNT.replace("june", "july"))
    project.write("manifests/web.yaml", SERVICE)
    project.write("manifests/vat.yaml", TAX)
    project.write("manifests/new.yaml", NEW + "---\n" + SERVICE.replace("globex", "initech"))
    expected = changes(project)
    forget_panel(project)

    assert changes(project, "--live", "live.json") == expected
    assert {each["action"] for each in expected} >= {"create", "update"}


@pytest.mark.parametrize("name", ["bare", "newer", "dots", "lists", "unlabelled", "captured"])
def test_snapshot_of_every_sort_of_installation_gives_the_same_plan(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Forms, wizards, other numbers, further lists: a plan of them needs no panel afterwards."""
    monkeypatch.setenv("PANEL_PASSWORD", PASSPHRASE)
    project.run("sandbox", "seed", "--clients", "3", "--install", str(file_of(name)))
    url = "url: sandbox:.reconciler/sandbox.sqlite3"
    speaks = f"format: {SPEAKS.get(name, 'xml')}"
    project.edit("reconciler.yaml", url, f"{url}\n      {speaks}")
    (project.root / "manifests/june.yaml").unlink()
    project.run("apply", "--yes")
    project.run("snapshot", "--out", "live.json")
    project.write("manifests/web.yaml", SERVICE)
    expected = project.run("plan", "--json").document
    forget_panel(project)

    offline = project.run("plan", "--live", "live.json", "--json").document

    assert offline["digest"] == expected["digest"]


def test_question_that_was_not_recorded_is_an_error(project: CommandLineProject) -> None:
    """A client of whom nothing was read is named; nothing is guessed of it."""
    email = project.seeded_client()
    project.run("apply", "--yes")
    project.run("snapshot", "--out", "live.json")
    project.write("manifests/web.yaml", SERVICE.replace("globex,", f"{{email: {email}}},", 1))

    failed = project.run("plan", "--live", "live.json", code=8)
    document = project.run("plan", "--live", "live.json", "--json", code=8).document

    assert "the snapshot does not hold" in failed.err
    assert "take it again with the manifests of this branch" in failed.err
    assert document["error"]["code"] == "not-recorded"


def test_saved_plan_of_a_snapshot_is_applied_only_while_it_is_the_plan_of_the_panel(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """Approval is equality, whatever the plan was made of; its age is that of the snapshot."""
    project.run("apply", "--yes")
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 16")
    project.run("snapshot", "--out", "live.json")
    project.run("plan", "--live", "live.json", "--out", "plan.json")
    saved = json.loads((project.root / "plan.json").read_text(encoding="utf-8"))
    discount_by_hand(percentage="40")
    stale = project.run("apply", "plan.json", "--yes", code=5)
    discount_by_hand(percentage="15")

    shown = project.run("show", "plan.json").out
    project.run("apply", "plan.json", "--yes")

    assert saved["createdAt"] == saved["snapshot"]["takenAt"]
    assert "the object changed since" in stale.err
    assert shown.startswith("From a snapshot of the panel, taken at 20")


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_every_format_says_of_which_moment_the_plan_is(
    project: CommandLineProject, form: str
) -> None:
    """A reviewer sees that neither the panel nor the day is that of now."""
    project.run("snapshot", "--out", "live.json")
    taken = json.loads((project.root / "live.json").read_text(encoding="utf-8"))["takenAt"]

    shown = project.run("plan", "--live", "live.json", "--at", "2099-01-01", "--format", form).out

    assert f"From a snapshot of the panel, taken at {taken}, " in shown
    assert "As of 2099-01-01, with the snapshot. This plan cannot be applied." in shown


def test_time_of_a_snapshot_is_a_time(project: CommandLineProject) -> None:
    """It is shown in every format, so no text of somebody else may stand there."""
    project.run("snapshot", "--out", "live.json")
    text = (project.root / "live.json").read_text(encoding="utf-8")
    taken = json.loads(text)["takenAt"]
    project.write("live.json", text.replace(taken, "![x](https://evil.example)"))

    assert "live.json is damaged" in project.run("plan", "--live", "live.json", code=10).err


def test_snapshot_of_another_target_is_refused(project: CommandLineProject) -> None:
    """A branch that points the target elsewhere cannot plan with the state of this one."""
    project.run("snapshot", "--out", "live.json")
    project.edit("reconciler.yaml", ".reconciler/sandbox.sqlite3", ".reconciler/other.sqlite3")

    refused = project.run("plan", "--live", "live.json", code=5)

    assert "live.json is a snapshot of sandbox (sandbox:.reconciler/sandbox.sqlite3)" in refused.err


def test_snapshot_is_private_and_writes_nothing_to_the_panel(project: CommandLineProject) -> None:
    """Only its owner reads the file; the panel is only read; twice the same is the same file."""
    project.run("apply", "--yes")
    written = project.writes()
    project.run("snapshot", "--out", "live.json")
    project.run("snapshot", "--out", "again.json")

    first, second = (
        json.loads((project.root / name).read_text(encoding="utf-8"))
        for name in ("live.json", "again.json")
    )

    assert stat.S_IMODE((project.root / "live.json").stat().st_mode) == 0o600
    assert project.writes() == written
    assert first["answers"] == second["answers"]
    assert first["records"] == second["records"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a JSON document"),
        ("[]", "is not a snapshot"),
        ('{"snapshot": "live-state", "formatVersion": "9"}', "has the format '9'"),
        ('{"snapshot": "live-state", "formatVersion": "1"}', "is damaged"),
    ],
)
def test_file_that_is_no_snapshot_is_an_error(
    project: CommandLineProject, text: str, words: str
) -> None:
    """Whatever is wrong with it, nothing is planned."""
    project.write("live.json", text)

    assert words in project.run("plan", "--live", "live.json", code=10).err
    assert project.asked() == []


def test_snapshot_that_is_not_there_is_an_error(project: CommandLineProject) -> None:
    """The message has the command that takes one."""
    failed = project.run("plan", "--live", "live.json", code=10)

    assert "reconciler snapshot --out live.json" in failed.err


@pytest.mark.parametrize("part", ["rows", "options", "labels"])
def test_damaged_answer_is_an_error(project: CommandLineProject, part: str) -> None:
    """A part of another shape is never taken for an empty one."""
    project.run("apply", "--yes")
    project.run("snapshot", "--out", "live.json")
    document = json.loads((project.root / "live.json").read_text(encoding="utf-8"))
    answers = document["answers"]
    if part == "rows":
        next(each for each in answers["lists"] if each.get("rows"))["rows"] = [{"values": 3}]
    else:
        form = next(each["form"] for each in answers["forms"] if "form" in each)
        form[part] = {"country": 9_999} if part == "options" else 9_999
    project.write("live.json", json.dumps(document))

    assert "live.json is damaged" in project.run("plan", "--live", "live.json", code=10).err
