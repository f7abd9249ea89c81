"""``import`` binds a resource to an object that no plan would recognise, and sends nothing."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import Sandbox
from reconciler.store.lock import lock_path, target_lock
from tests.support.http_panel import TARGET
from tests.support.installs import file_of

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

CLIENT = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: seeded}
spec: {email: "%s"}
"""
DISCOUNT = """\
apiVersion: reconciler/v1
kind: Discount
metadata: {name: seeded}
spec:
  client: {email: %s}
  percentage: 33
  type: Percentage discount
  appliesTo: Order
"""
SERVICE = """\
apiVersion: reconciler/v1
kind: Service
metadata: {name: web}
spec:
  client: {email: %s}
  type: vds
  tariff: Cloud M
  domain: old.example
  payFrom: balance
"""


def _rows(project: CommandLineProject, func: str, **params: str) -> list[dict[str, Any]]:
    with closing(Sandbox(project.database)) as sandbox:
        rows: list[dict[str, Any]] = json.loads(sandbox.call(func, out="JSONdata", **params))
    return rows


def _seed(project: CommandLineProject, install: str = "") -> dict[str, Any]:
    """Seed a panel of an installation, and return one of its clients, who has a discount."""
    words = ("--install", str(file_of(install))) if install else ()
    project.run("sandbox", "seed", "--clients", "4", *words)
    clients = _rows(project, "account")
    return next(c for c in clients if _rows(project, "account.discount", elid=c["id"]))


def test_client_is_bound_and_the_next_apply_changes_its_email(project: CommandLineProject) -> None:
    """The identity differs: bound by hand it is one edit, and no second client is made."""
    (project.root / "manifests" / "june.yaml").unlink()
    client = _seed(project)
    before = len(_rows(project, "account"))
    assert "+ Client/globex" in project.run("plan").out

    bound = project.run("import", "Client/globex", client["id"], "--yes")

    assert f"email: {client['email']} → pay@globex.example" in bound.out
    assert f"Bound: Client/globex is object {client['id']}." in bound.out
    assert project.writes() == []
    assert "1 pending" in project.run("drift").out
    project.run("apply", "--yes")
    assert "No changes" in project.run("plan").out
    assert len(_rows(project, "account")) == before


# On the latter two an edit clears what it does not name, and the apply says so.
@pytest.mark.parametrize(("install", "code"), [("", 0), ("stubborn", 6), ("clearing", 6)])
def test_discount_of_another_action_is_bound_by_its_idname(
    project: CommandLineProject, install: str, code: int
) -> None:
    """Its marker is pending, not drift; the apply edits the same object and marks it."""
    client = _seed(project, install)
    (found,) = _rows(project, "account.discount", elid=client["id"])
    project.write("manifests/june.yaml", DISCOUNT % client["email"])
    (project.root / "manifests" / "globex.yaml").unlink()

    document = project.run("import", "Discount/seeded", found["idname"], "--yes", "--json").document

    assert document["resource"]["id"] == found["idname"]
    (change,) = document["plan"]["changes"]
    assert (change["action"], change["id"]) == ("update", found["idname"])
    assert {"marker", "percentage"} <= {edit["field"] for edit in change["edits"]}
    (item,) = project.run("drift", "--json").document["drifted"]
    assert item["class"] == "pending"
    project.run("apply", "--yes", code=code)
    assert [row["idname"] for row in _rows(project, "account.discount", elid=client["id"])] == [
        found["idname"]
    ]
    assert "No changes" in project.run("plan").out


def test_forget_takes_a_binding_back(project: CommandLineProject) -> None:
    """Bound again it says so and asks nothing new; forgotten, the plan creates as before."""
    client = _seed(project)
    project.run("import", "Client/globex", client["id"], "--yes")
    again = project.run("import", "Client/globex", client["id"])
    assert f"Client/globex is object {client['id']} already" in again.out
    project.run("forget", "Client/globex")

    assert "+ Client/globex" in project.run("plan").out


def test_reused_id_of_a_bound_object_is_noticed(project: CommandLineProject) -> None:
    """The entry remembers whom it was bound to: another client under the id is not ours."""
    client = _seed(project)
    project.run("import", "Client/globex", client["id"], "--yes")
    project.panel("account.edit", elid=client["id"], email="other@example.net", sok="ok")

    plan = project.run("plan", "--json").document

    assert [c["action"] for c in plan["changes"] if c["address"] == "Client/globex"] == ["create"]


def test_object_that_belongs_to_something_else_is_not_bound(project: CommandLineProject) -> None:
    """Each refusal names what the object belongs to, and nothing is written."""
    client = _seed(project)
    (found,) = _rows(project, "account.discount", elid=client["id"])
    project.run("apply", "--yes", "--only", "Client/globex")
    globex = project.run("inventory", "--json").document["resources"][0]["id"]
    project.edit("manifests/globex.yaml", "  name: globex\n", "  name: second\n")
    project.edit("manifests/globex.yaml", "pay@globex", "new@globex")
    project.edit("manifests/june.yaml", "client: globex", "client: {email: pay@globex.example}")
    project.write("manifests/seeded.yaml", CLIENT % client["email"])

    managed = project.run("import", "Client/second", globex, "--yes", "--json", code=4).document
    declared = project.run("import", "Client/second", client["id"], "--yes", code=4)
    missing = project.run("import", "Client/second", "999", "--yes", code=4)
    other = project.run("import", "Discount/globex-june", found["idname"], "--yes", code=4)

    assert managed["error"]["reasonCodes"] == ["already-managed"]
    assert "`lifecycle: {movedFrom: globex}`" in managed["error"]["message"]
    assert "is what Client/seeded (manifests/seeded.yaml" in declared.err
    assert "the panel lists no Client 999" in missing.err
    assert f"belongs to {client['email']}" in other.err
    assert "is declared for Client{email: pay@globex.example}" in other.err
    assert len(project.run("inventory", "--json").document["resources"]) == 1


def test_marked_object_is_not_bound_to_another_resource(project: CommandLineProject) -> None:
    """A marker of ours, of another name, survives even a lost inventory."""
    project.run("apply", "--yes")
    owned = project.run("inventory", "--json").document["resources"]
    number = next(each["id"] for each in owned if each["address"] == "Discount/globex-june")
    project.run("forget", "Discount/globex-june")
    project.edit("manifests/june.yaml", "name: globex-june", "name: globex-july")

    refused = project.run("import", "Discount/globex-july", number, "--yes", code=4)

    assert "/globex-june', and not that of Discount/globex-july" in refused.err


@pytest.mark.parametrize("install", ["", "dotted"])
def test_service_of_another_domain_is_bound(project: CommandLineProject, install: str) -> None:
    """What can be set at the order alone is blocked, and the wrong type is named."""
    client = _seed(project, install)
    project.edit("reconciler.yaml", "maxCharge: {EUR: 500}", "maxCharge: null")
    (project.root / "manifests" / "june.yaml").unlink()
    (project.root / "manifests" / "globex.yaml").unlink()
    project.write("manifests/web.yaml", SERVICE % client["email"])
    project.run("apply", "--yes", "--allow", "charge")
    project.run("forget", "Service/web")
    func = "vds.vps" if install else "vds"
    (row,) = _rows(project, func)
    project.panel(f"{func}.edit", elid=row["id"], remoteid="", sok="ok")
    project.edit("manifests/web.yaml", "old.example", "new.example")

    bound = project.run("import", "Service/web", row["id"], "--yes")

    assert "domain: old.example → new.example" in bound.out
    project.run("forget", "Service/web")
    project.edit("manifests/web.yaml", "type: vds", "type: vhost")
    refused = project.run("import", "Service/web", row["id"], "--yes", code=4)
    assert "is a vds, and Service/web a vhost" in refused.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("Client/globex", "1,2"), 64),
        (("globex", "1"), 64),
        (("Client/never", "1"), 3),
        (("Client/globex", "1"), 4),
    ],
)
def test_answer_and_words_decide_the_exit_code(
    project: CommandLineProject, words: tuple[str, ...], code: int
) -> None:
    """Without a yes and without a terminal nothing is bound."""
    _seed(project)

    project.run("import", *words, code=code)

    assert "Nothing is managed" in project.run("inventory").out


def test_other_writer_or_a_damaged_inventory_stops_an_import(project: CommandLineProject) -> None:
    """It writes the inventory, so it takes the lock, and overwrites nothing that it cannot read."""
    client = _seed(project)
    with target_lock(lock_path(project.root / ".reconciler", "sandbox"), "reconciler apply"):
        project.run("import", "Client/globex", client["id"], "--yes", code=9)
    damaged = project.write(".reconciler/inventory.json", "{")

    project.run("import", "Client/globex", client["id"], "--yes", code=10)

    assert damaged.read_text() == "{"


def test_panel_that_is_not_there_exits_with_8(project: CommandLineProject) -> None:
    """Nobody looked, so nothing is bound."""
    project.edit("reconciler.yaml", "  guards:", TARGET % "http://127.0.0.1:9/" + "  guards:")

    project.run("import", "Client/globex", "1", "--yes", "--target", "shaky", code=8)
