"""``plan --refresh-only``: what an apply would record without changing the panel; nothing more."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.http_panel import TARGET
from tests.support.installs import file_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.command_line import CommandLineProject

JUNE = "Discount/globex-june"


def _refresh(project: CommandLineProject, *words: str, code: int = 0) -> dict[str, Any]:
    return project.run("plan", "--refresh-only", "--json", *words, code=code).document


def _classes(document: dict[str, Any]) -> dict[str, str]:
    return {each["address"]: each["class"] for each in document["entries"]}


def _id_of(project: CommandLineProject, address: str) -> str:
    owned = project.run("inventory", "--json").document["resources"]
    return str(next(each["id"] for each in owned if each["address"] == address))


def _inventory(project: CommandLineProject) -> bytes:
    return (project.root / ".reconciler" / "inventory.json").read_bytes()


@pytest.mark.parametrize("install", ["", "stubborn", "captured"])
def test_inventory_right_after_an_apply_is_up_to_date(
    project: CommandLineProject, install: str
) -> None:
    """Whatever the installation, an apply leaves nothing to record."""
    words = ("--install", str(file_of(install))) if install else ()
    project.run("sandbox", "seed", "--clients", "1", *words)
    project.run("apply", "--yes")

    assert _classes(_refresh(project, "--detailed-exitcode")) == {}
    assert (
        "The inventory is up to date. 2 resources checked."
        in project.run("plan", "--refresh-only").out
    )


def test_lost_inventory_is_found_again_and_not_written(project: CommandLineProject) -> None:
    """A client is found by its email, a discount by its marker; an apply records both."""
    project.run("apply", "--yes")
    file = project.root / ".reconciler" / "inventory.json"
    kept = _inventory(project)
    file.unlink()

    found = _refresh(project, "--detailed-exitcode", code=2)

    assert _classes(found) == {"Client/globex": "added", JUNE: "added"}
    assert found["summary"]["checked"] == 2
    assert not file.exists()
    project.run("apply", "--yes")
    assert _inventory(project) == kept


def test_value_that_was_changed_in_the_panel_is_not_recorded(
    project: CommandLineProject, discount_by_hand: Callable[..., None]
) -> None:
    """It stays drift; once the manifest says the same, an apply records it."""
    project.run("apply", "--yes")
    discount_by_hand(percentage="40")

    text = project.run("plan", "--refresh-only").out
    assert "The inventory is up to date" in text
    assert "not recorded; to see them: reconciler drift" in text
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 40")
    (entry,) = _refresh(project)["entries"]
    project.run("apply", "--yes")

    assert entry["class"] == "changed"
    assert entry["edits"] == [{"field": "percentage", "before": "15", "after": "40"}]
    assert _classes(_refresh(project)) == {}


def test_deleted_and_forgotten_objects_are_distinguished(project: CommandLineProject) -> None:
    """What is declared is gone and is made again; what is not leaves the inventory."""
    project.run("apply", "--yes")
    number, client = _id_of(project, JUNE), _id_of(project, "Client/globex")
    project.panel("account.discount.delete", plid=client, elid=number)
    before = _inventory(project)

    assert _classes(_refresh(project, "--only", JUNE)) == {JUNE: "gone"}
    assert _classes(_refresh(project, "-l", "team=emea")) == {}
    (project.root / "manifests" / "june.yaml").unlink()
    (entry,) = _refresh(project)["entries"]
    assert (entry["class"], entry["id"], entry["newId"]) == ("removed", number, None)
    assert "already deleted" in entry["reason"]
    assert _inventory(project) == before


def test_lost_marker_and_another_id_are_reported(project: CommandLineProject) -> None:
    """The marker is set again by an apply; an object that was made anew is found by it."""
    project.run("apply", "--yes")
    number, client = _id_of(project, JUNE), _id_of(project, "Client/globex")
    project.panel("account.discount.edit", plid=client, elid=number, note="", sok="ok")
    assert _classes(_refresh(project)) == {JUNE: "unmarked"}
    project.run("apply", "--yes")

    (project.root / ".reconciler" / "inventory.json").write_bytes(
        _inventory(project).replace(f'"rowId": "{number}"'.encode(), b'"rowId": "999"')
    )
    (entry,) = _refresh(project)["entries"]
    assert (entry["class"], entry["id"], entry["newId"]) == ("changed", "999", number)


def test_renamed_resource_moves_in_the_inventory(project: CommandLineProject) -> None:
    """The former address leaves it, and the reason names the new one."""
    project.run("apply", "--yes")
    project.edit("manifests/globex.yaml", "name: globex\n", "name: initech\n")
    project.edit("manifests/globex.yaml", "spec:\n", "lifecycle: {movedFrom: globex}\nspec:\n")
    project.edit("manifests/june.yaml", "client: globex", "client: initech")

    entries = {each["address"]: each for each in _refresh(project)["entries"]}

    assert entries["Client/initech"]["class"] == "added"
    assert entries["Client/globex"]["reason"] == "managed as Client/initech"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--out", "plan.json"), 64),
        (("--allow", "delete"), 64),
        (("--only", "Discount/never"), 3),
        (("--target", "shaky"), 8),
    ],
)
def test_what_does_not_fit_has_its_exit_code(
    project: CommandLineProject, words: tuple[str, ...], code: int
) -> None:
    """It saves no plan and needs no consent; a panel that is not there shows nothing."""
    project.edit("reconciler.yaml", "  guards:", TARGET % "http://127.0.0.1:9/" + "  guards:")

    project.run("plan", "--refresh-only", *words, code=code)


def test_damaged_inventory_is_reported(project: CommandLineProject) -> None:
    """Exit code 10, as of every command that reads it."""
    project.write(".reconciler/inventory.json", "{")

    project.run("plan", "--refresh-only", code=10)


def test_adopted_item_of_a_list_is_recorded_without_a_marker(project: CommandLineProject) -> None:
    """Nothing was written into it, so nothing is missed once the list is gone."""
    shutil.rmtree(project.root / "manifests")
    project.run("sandbox", "seed", "--clients", "4")
    project.run("export")
    project.run("apply", "--yes")
    saved = json.loads(_inventory(project))["targets"]["sandbox"]

    discounts = [entry for address, entry in saved.items() if address.startswith("Discount/")]
    assert discounts
    assert all(entry["marked"] is False for entry in discounts)
    assert _classes(_refresh(project, "--detailed-exitcode")) == {}
    for file in (project.root / "manifests").rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"  discounts:\n(    .*\n)+", "", text), encoding="utf-8")
    assert project.run("drift", "--json").document["drifted"] == []
    assert project.writes() == []
