"""A resource that gets a new name keeps its object: nothing is made, ordered or deleted."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import Sandbox, ledger
from tests.support.installs import file_of

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

CLIENT = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: shop}
spec:
  email: %s
  discounts:
    - {name: %s, percentage: 10, type: Percentage discount, appliesTo: Order%s}
  services:
    - {name: %s, type: vds, tariff: Cloud M, domain: vm.example, payFrom: balance%s}
"""


def _declare(project: CommandLineProject, email: str, names: tuple[str, str], life: str) -> None:
    """Declare a client whose discount and service have these names and this lifecycle, inline."""
    more = f", lifecycle: {life}" if life else ""
    project.write("manifests/shop.yaml", CLIENT % (email, names[0], more, names[1], more))


def _objects(project: CommandLineProject, install: str) -> list[list[dict[str, Any]]]:
    with closing(Sandbox(project.database)) as sandbox:
        func = "vds.vps" if install else "vds"
        owner = json.loads(sandbox.call("account", out="JSONdata"))[0]["id"]
        discounts = json.loads(sandbox.call("account.discount", elid=owner, out="JSONdata"))
        return [discounts, json.loads(sandbox.call(func, out="JSONdata"))]


def _addresses(project: CommandLineProject) -> set[str]:
    owned = project.run("inventory", "--json").document["resources"]
    return {each["address"] for each in owned} - {"Client/shop"}


@pytest.fixture(name="install", params=["", "dotted"])
def _install(request: pytest.FixtureRequest, project: CommandLineProject) -> str:
    """Seed one client on a usual panel, and on one whose services stand in lists of its own."""
    for name in ("globex", "june"):
        (project.root / "manifests" / f"{name}.yaml").unlink()
    words = ("--install", str(file_of(request.param))) if request.param else ()
    project.run("sandbox", "seed", "--clients", "1", *words)
    project.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")
    return str(request.param)


def _email(project: CommandLineProject) -> str:
    with closing(Sandbox(project.database)) as sandbox:
        return str(json.loads(sandbox.call("account", out="JSONdata"))[0]["email"])


def test_name_that_moves_there_and_back_ends_with_one_object_and_one_address(
    project: CommandLineProject, install: str
) -> None:
    """Inline children follow by one edit of their marker; what no longer matters is a note."""
    email = _email(project)
    with closing(Sandbox(project.database)) as sandbox:
        for row in json.loads(sandbox.call("account.discount", elid="3", out="JSONdata")):
            sandbox.call("account.discount.delete", plid="3", elid=row["idname"])
    _declare(project, email, ("spring", "vm"), "")
    project.run("apply", "--yes", "--allow", "charge")
    made = _objects(project, install)
    assert [len(each) for each in made] == [1, 1]

    _declare(project, email, ("summer", "vm2"), "")
    blocked = project.run("plan", "--json").document["changes"]
    assert {change["reasonCode"] for change in blocked} == {"renamed"}
    assert {change["action"] for change in blocked} == {"blocked"}
    assert any("movedFrom: vm}`" in change["reason"] for change in blocked)

    _declare(project, email, ("summer", "vm2"), "{movedFrom: [never, spring, vm]}")
    plan = project.run("plan", "--json").document
    assert {change["action"] for change in plan["changes"]} == {"update"}
    assert [e["field"] for change in plan["changes"] for e in change["edits"]] == ["marker"] * 2
    project.run("apply", "--yes")
    assert _addresses(project) == {"Discount/summer", "Service/vm2"}
    assert "`movedFrom: spring` has no effect any more" in project.run("plan").out

    _declare(project, email, ("spring", "vm"), "{movedFrom: [summer, vm2]}")
    project.run("apply", "--yes")

    assert _addresses(project) == {"Discount/spring", "Service/vm"}
    after = _objects(project, install)
    assert [[row["id"] for row in rows] for rows in after] == [
        [row["id"] for row in rows] for rows in made
    ]
    assert "No changes" in project.run("plan").out
    with closing(Sandbox(project.database)) as sandbox:
        assert [charge.what for charge in ledger(sandbox)] == ["order"]


def test_inline_child_names_the_object_that_it_is(project: CommandLineProject) -> None:
    """Of two discounts that are alike `adopt` says which one a client's list means."""
    text = (project.root / "manifests" / "globex.yaml").read_text()
    terms = "percentage: 10, type: Percentage discount, appliesTo: Order"
    items = [f"    - {{name: {name}, {terms}}}\n" for name in ("one", "two")]
    (project.root / "manifests" / "june.yaml").unlink()
    project.write("manifests/globex.yaml", f"{text}  discounts:\n{''.join(items)}")
    project.run("apply", "--yes")
    owned = project.run("inventory", "--json").document["resources"]
    ids = {each["address"]: each["id"] for each in owned}
    for name in ("one", "two"):
        key, client = ids[f"Discount/{name}"], ids["Client/globex"]
        project.run("forget", f"Discount/{name}")
        project.panel("account.discount.edit", plid=client, elid=key, note="", sok="ok")
    swapped = {"uno": ids["Discount/two"], "dos": ids["Discount/one"]}

    def declare(life: str) -> list[dict[str, Any]]:
        lines = [
            f"    - {{name: {n}, {terms}{life % k if life else ''}}}" for n, k in swapped.items()
        ]
        project.write("manifests/globex.yaml", "\n".join([f"{text}  discounts:", *lines, ""]))
        changes: list[dict[str, Any]] = project.run("plan", "--json").document["changes"]
        return changes

    assert [each["reasonCode"] for each in declare("")] == ["ambiguous-match"] * 2
    taken = {each["address"]: each["id"] for each in declare(", lifecycle: {adopt: {id: '%s'}}")}
    assert taken == {f"Discount/{name}": key for name, key in swapped.items()}


def test_rename_that_was_not_carried_out_leaves_the_object_managed(
    project: CommandLineProject,
) -> None:
    """The former name stays in the inventory until the object is proved under the new one."""
    head = "apiVersion: reconciler/v1\nkind: CurrencyRate\n"
    spec = "spec: {client: globex, base: EUR, relate: USD, rate: %s, date: 2020-01-01}\n"
    project.write("manifests/rate.yaml", f"{head}metadata: {{name: old}}\n{spec % 2}")
    project.run("apply", "--yes", "--allow", "history")
    moved = f"{head}metadata: {{name: new}}\nlifecycle: {{movedFrom: old}}\n{spec % '2.1'}"
    project.write("manifests/rate.yaml", moved)

    refreshed = project.run("plan", "--refresh-only").out
    assert "CurrencyRate/old" not in refreshed.split("note[")[0]
    project.run("apply", "--yes", "--without", "history", code=6)
    assert "CurrencyRate/old" in _addresses(project)

    project.run("apply", "--yes", "--allow", "history")
    assert "CurrencyRate/new" in _addresses(project)
    assert "CurrencyRate/old" not in _addresses(project)
    assert "No changes" in project.run("plan", "--detailed-exitcode").out
