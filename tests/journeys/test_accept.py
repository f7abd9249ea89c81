"""``drift --accept``: what the panel holds goes into the manifests, and nothing is left over."""

from __future__ import annotations

import resource
from os import mkfifo
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.write_files import write_files
from reconciler.errors import StalePlanError, StoreError
from tests.support.installs import file_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

JUNE = "manifests/june.yaml"
LIST = """\
  discounts:  # all of them
    - name: globex-may
      percentage: 5  # agreed
      type: Percentage discount
"""


def test_accepted_value_is_written_where_it_stands(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """One line changes; drift and plan find nothing afterwards, and nothing was sent."""
    project.edit(JUNE, "  percentage: 15", "  # agreed in May\n  percentage: 15   # per cent")
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")
    before = (project.root / JUNE).read_text(encoding="utf-8")
    written = project.writes()

    reported = project.run("drift", "--accept", "--yes").out

    assert "\n-  percentage: 15   # per cent\n+  percentage: 40   # per cent\n" in reported
    assert "\nmanifests/june.yaml: written\n" in reported
    after = (project.root / JUNE).read_text(encoding="utf-8")
    assert after == before.replace("percentage: 15", "percentage: 40")
    assert project.run("drift").out == "No drift. 2 resources checked.\n"
    assert "No changes" in project.run("plan", "--detailed-exitcode").out
    assert project.writes() == written


def test_nothing_is_written_without_a_yes(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """Without a terminal there is nobody to ask: the patch is shown, and refused."""
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")
    before = (project.root / JUNE).read_bytes()

    result = project.run("drift", "--accept", code=4)

    assert "+  percentage: 40\n" in result.out
    assert "refused: cannot ask for approval (no terminal): use --yes" in result.err
    assert (project.root / JUNE).read_bytes() == before


def test_option_is_accepted_by_its_id_where_its_label_is_shared(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """A label that two options bear would be refused by the next plan."""
    project.run("sandbox", "seed", "--clients", "1", "--install", str(file_of("twins")))
    first, second = '{id: "28"}', '{id: "26"}'
    project.edit(JUNE, "Percentage discount", '{id: "5"}')
    project.edit(JUNE, "Order and renewal", f"{first}  # Renewal")
    project.run("apply", "--yes")
    discount_by_hand(actiontype="26")

    reported = project.run("drift", "--accept", "--yes").out

    assert "manifests/june.yaml: written\n" in reported
    assert f"appliesTo: {second}" in (project.root / JUNE).read_text(encoding="utf-8")
    assert "No changes" in project.run("plan", "--detailed-exitcode").out
    assert project.run("drift").out == "No drift. 2 resources checked.\n"


def test_what_is_pending_stays_pending(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """Of one resource the panel's move is accepted, and Git's own is kept."""
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")
    project.edit(JUNE, "Order and renewal", "Order")

    reported = project.run("drift", "--accept", "--yes").out

    assert [line for line in reported.splitlines() if line.startswith(("-  ", "+  "))] == [
        "-  percentage: 15",
        "+  percentage: 40",
    ]
    assert "1 pending" in project.run("drift").out


def test_deleted_object_leaves_the_manifests(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """The file that holds nothing more is deleted; neither drift nor plan speak of it."""
    project.run("apply", "--yes")
    owned = project.run("inventory", "--json").document["resources"]
    found = next(each for each in owned if each["address"] == "Discount/globex-june")
    project.panel("account.discount.delete", plid=found["parent"], elid=found["id"])

    reported = project.run("drift", "--accept", "--yes").out

    assert "manifests/june.yaml: deleted" in reported
    assert not (project.root / JUNE).exists()
    project.run("drift")
    project.run("plan", "--detailed-exitcode")


def test_added_object_joins_the_list_of_its_client(project: CommandLineProject) -> None:
    """It stands with the others of the list, and the next plan adopts it without a value."""
    (project.root / JUNE).unlink()
    client = next((project.root / "manifests").glob("*.yaml"))
    client.write_text(client.read_text(encoding="utf-8") + LIST, encoding="utf-8")
    project.run("apply", "--yes")
    owned = project.run("inventory", "--json").document["resources"]
    parent = next(each["id"] for each in owned if each["address"] == "Client/globex")
    project.panel("account.discount.edit", plid=parent, sok="ok", percentage="7", type="5")
    assert "added: in the panel only" in project.run("drift", code=2).out

    project.run("drift", "--accept", "--yes")

    text = client.read_text(encoding="utf-8")
    assert LIST in text
    assert "    - name: globex.id-" in text
    project.run("drift")
    plan = project.run("plan", "--json").document
    assert [each["action"] for each in plan["changes"]] == ["adopt"]
    assert {each["field"] for each in plan["changes"][0]["edits"]} <= {"marker"}


def test_lost_marker_is_named_and_not_accepted(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """No manifest holds it; what is left ends with the code of drift."""
    project.run("apply", "--yes")
    discount_by_hand(note="by hand")

    reported = project.run("drift", "--accept", "--yes", code=2).out

    assert "not accepted: Discount/globex-june: its marker stands in no manifest" in reported
    assert "Nothing to accept." in reported


def test_one_resource_is_accepted_alone(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """``--only`` names what drifted; another name is an error."""
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")

    assert (
        "has not drifted"
        in project.run("drift", "--accept", "--yes", "--only", "Client/globex", code=3).err
    )
    project.run("drift", "--accept", "--yes", "--only", "Discount/globex-june")
    project.run("drift")


def test_conflict_is_accepted_as_the_panel_has_it(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """The patch shows which value of Git goes; a second time there is nothing to accept."""
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")
    project.edit(JUNE, "percentage: 15", "percentage: 20")
    assert "conflict: changed in the panel and in the manifests" in project.run("drift", code=2).out

    reported = project.run("drift", "--accept", "--yes").out

    assert "\n-  percentage: 20\n+  percentage: 40\n" in reported
    project.run("drift")
    project.run("plan", "--detailed-exitcode")
    assert project.run("drift", "--accept").out == "Nothing to accept.\n"


@pytest.mark.parametrize("text", ["pay \u202eeerf", "line\n" * 20_000])
def test_value_that_no_manifest_can_hold_is_named_and_the_others_are_accepted(
    project: CommandLineProject, discount_by_hand: Callable[..., None], text: str
) -> None:
    """One such value does not keep all the others out."""
    project.edit(JUNE, "percentage: 15", "percentage: 15\n  note: spring")
    project.run("apply", "--yes")
    discount_by_hand(percentage="40", note=f"{text} [git:billing/globex-june]")

    reported = project.run("drift", "--accept", "--yes", code=2).out

    why = "note: no manifest can hold the panel's value: "
    assert f"not accepted: Discount/globex-june: {why}" in reported
    assert "percentage: 40\n  note: spring\n" in (project.root / JUNE).read_text(encoding="utf-8")


def test_what_is_no_manifest_is_not_looked_at(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """Beside the manifests may lie what no run reads: links into nowhere, pipes."""
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")
    (project.root / "manifests/_old").symlink_to("/nowhere")
    mkfifo(project.root / "manifests/.pipe")

    project.run("drift", "--accept", "--yes")

    project.run("drift")


def test_manifests_that_would_have_errors_are_not_written(project: CommandLineProject) -> None:
    """A client that is gone takes along what names it, or nothing is accepted."""
    project.run("apply", "--yes")
    owned = project.run("inventory", "--json").document["resources"]
    for func, address in (
        ("account.discount.delete", "Discount/globex-june"),
        ("account.delete", "Client/globex"),
    ):
        found = next(each for each in owned if each["address"] == address)
        project.panel(func, elid=found["id"], plid=found["parent"] or "")

    reported = project.run("drift", "--accept", "--yes", "--only", "Client/globex", code=3).err

    assert "manifests/june.yaml:5:11: error[unknown-reference]" in reported
    assert (project.root / "manifests/globex.yaml").exists()


@pytest.mark.parametrize("words", [["--yes"], ["--accept", "--json"], ["--only", "Client/globex"]])
def test_options_that_mean_nothing_are_refused(
    project: CommandLineProject, words: list[str]
) -> None:
    """They are refused before anything is asked of the panel."""
    project.run("drift", *words, code=64)


def test_full_disk_leaves_each_file_whole_and_says_which_were_written(tmp_path: Path) -> None:
    """The file that fails is as it was; those before it have their new text."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_bytes(b"old")
    second.write_bytes(b"old")
    texts = {"a.yaml": (b"old", b"new"), "b.yaml": (b"old", b"much longer")}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, hard))

    try:
        with pytest.raises(StoreError) as caught:
            write_files(tmp_path, texts)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert f"b.yaml cannot be written: file too large; written before it: {first};" in str(
        caught.value
    )
    assert (first.read_bytes(), second.read_bytes()) == (b"new", b"old")
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_no_file_is_written_when_one_of_them_cannot_be(tmp_path: Path) -> None:
    """A link, a folder or a file of somebody else is found before the first write."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_bytes(b"old")
    second.symlink_to(first)

    with pytest.raises(StoreError, match=r"b\.yaml is a symbolic link"):
        write_files(tmp_path, {"a.yaml": (b"old", b"new"), "b.yaml": (b"old", b"new")})

    assert first.read_bytes() == b"old"


@pytest.mark.parametrize("now", [b"newer", None])
def test_no_file_is_written_when_one_of_them_changed_since_it_was_read(
    tmp_path: Path, now: bytes | None
) -> None:
    """What an editor saved meanwhile is not overwritten, and what was removed does not return."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_bytes(b"old")
    if now is not None:
        second.write_bytes(now)

    with pytest.raises(StalePlanError, match=r"^b\.yaml changed meanwhile: run the command again$"):
        write_files(tmp_path, {"a.yaml": (b"old", b"new"), "b.yaml": (b"old", b"new")})

    assert first.read_bytes() == b"old"
    assert second.exists() == (now is not None)
