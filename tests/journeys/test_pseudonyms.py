"""``snapshot --pseudonymise``: the same changes, and nobody's data but what is in Git."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox import PASSPHRASE, Sandbox
from tests.support.command_line import CLIENT
from tests.support.installs import SPEAKS, file_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.command_line import CommandLineProject

# The texts of a panel that are about people.
PEOPLE = {
    "account": ("email", "name", "realname", "phone", "note"),
    "user": ("login", "realname"),
    "item": ("domain", "ip", "username"),
    "employee": ("name",),
}

WEB = """\
apiVersion: reconciler/v1
kind: Service
metadata: {name: extra-web}
spec: {client: {email: EMAIL}, type: vhost, tariff: Web Start, domain: web.extra.example}
"""


def people(project: CommandLineProject) -> Iterator[str]:
    """Return the texts of the panel that are about people."""
    with closing(Sandbox(project.database)) as sandbox, sandbox.reading() as db:
        for table, columns in PEOPLE.items():
            known = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
            for column in known.intersection(columns):
                rows = db.execute(f"SELECT {column} FROM {table}")  # noqa: S608 - names of ours
                yield from (str(text) for (text,) in rows if text)


def meaning(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return what the changes of a plan are, without the values that they show."""
    return [
        (each["address"], each["action"], each["id"], [edit["field"] for edit in each["edits"]])
        for each in document["changes"]
    ]


@pytest.fixture
def adopted(project: CommandLineProject) -> str:
    """A project that has adopted a seeded client by its email, among others that it has not."""
    email = project.seeded_client()
    project.edit("reconciler.yaml", "maxUpdateShare: 0.5", "maxUpdateShare: null")
    project.write("manifests/old.yaml", CLIENT.replace("globex", "old", 1))
    project.edit("manifests/old.yaml", "pay@globex.example", email)
    project.run("apply", "--yes")
    return email


@pytest.mark.usefixtures("adopted")
def test_people_that_no_manifest_declares_are_not_in_the_file(project: CommandLineProject) -> None:
    """Neither a client of the panel's, nor a member of staff, nor a domain or an address."""
    project.run("snapshot", "--out", "plain.json")
    project.run("snapshot", "--out", "live.json", "--pseudonymise")

    plain, hidden = (
        (project.root / name).read_text(encoding="utf-8") for name in ("plain.json", "live.json")
    )
    manifests = "".join(
        each.read_text(encoding="utf-8") for each in (project.root / "manifests").glob("*.yaml")
    )
    others = {text for text in people(project) if text not in manifests and not text.isdigit()}

    assert {text for text in others if f'"{text}"' in plain} != set()
    assert {text for text in others if f'"{text}"' in hidden} == set()
    assert "pay@globex.example" in hidden


def test_plan_under_pseudonyms_is_the_same_but_for_its_values(
    project: CommandLineProject, adopted: str, discount_by_hand: Callable[..., None]
) -> None:
    """Declared clients are recognised; edits, deletes and the panel's words are as they were."""
    discount_by_hand(percentage="40", note="call Ann on 555-0199")
    project.edit("manifests/old.yaml", "name: Globex", "name: Other\n  note: a note of Git")
    project.write("manifests/web.yaml", WEB.replace("EMAIL", adopted))
    live = project.run("plan", "--json").document
    project.run("snapshot", "--out", "live.json", "--pseudonymise")
    shutil.rmtree(project.root / ".reconciler")

    hidden = project.run("plan", "--live", "live.json", "--json").document
    reported = project.run("plan", "--live", "live.json").out

    assert meaning(hidden) == meaning(live)
    assert hidden["snapshot"]["pseudonyms"] is True
    assert "Pseudonyms stand for people's data" in reported
    assert "Ann" not in json.dumps(hidden)


def test_equal_texts_have_equal_pseudonyms_within_one_snapshot(
    project: CommandLineProject, adopted: str
) -> None:
    """Questions and answers agree; another snapshot has other pseudonyms."""
    project.run("snapshot", "--out", "one.json", "--pseudonymise")
    project.run("snapshot", "--out", "two.json", "--pseudonymise")

    one, two = (emails(project, name) for name in ("one.json", "two.json"))

    assert len(set(one)) == len(one) > 2
    assert set(one) & set(two) == {adopted, "pay@globex.example"}


def test_managed_object_without_a_manifest_is_still_deleted(project: CommandLineProject) -> None:
    """The inventory has the same pseudonyms as the panel's answers."""
    project.edit("reconciler.yaml", "maxDeleteShare: 0.2", "maxDeleteShare: null")
    project.run("apply", "--yes")
    (project.root / "manifests/june.yaml").unlink()
    project.run("snapshot", "--out", "live.json", "--pseudonymise")

    changes = project.run("plan", "--live", "live.json", "--json").document["changes"]

    assert [(each["address"], each["action"]) for each in changes] == [
        ("Discount/globex-june", "delete")
    ]


@pytest.mark.usefixtures("adopted")
def test_plan_under_pseudonyms_is_not_applied(project: CommandLineProject) -> None:
    """What a reviewer saw is not what the panel holds."""
    project.edit("manifests/june.yaml", "percentage: 15", "percentage: 16")
    project.run("snapshot", "--out", "live.json", "--pseudonymise")
    project.run("plan", "--live", "live.json", "--out", "plan.json")

    refused = project.run("apply", "plan.json", "--yes", code=4)
    shown = project.run("show", "plan.json")

    assert "the plan was made under pseudonyms" in refused.err
    assert "To apply" not in shown.out + shown.err


@pytest.mark.parametrize("name", ["bare", "newer", "dots", "lists", "captured"])
def test_every_sort_of_installation_can_be_hidden(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whatever columns an installation has, the plan stays the same."""
    monkeypatch.setenv("PANEL_PASSWORD", PASSPHRASE)
    project.run("sandbox", "seed", "--clients", "3", "--install", str(file_of(name)))
    url = "url: sandbox:.reconciler/sandbox.sqlite3"
    project.edit("reconciler.yaml", url, f"{url}\n      format: {SPEAKS.get(name, 'xml')}")
    (project.root / "manifests/june.yaml").unlink()
    project.run("apply", "--yes")
    project.write("manifests/web.yaml", WEB.replace("EMAIL", "pay@globex.example"))
    live = project.run("plan", "--json").document
    project.run("snapshot", "--out", "live.json", "--pseudonymise")

    assert meaning(project.run("plan", "--live", "live.json", "--json").document) == meaning(live)


def emails(project: CommandLineProject, name: str) -> list[str]:
    """Return the emails in the list of clients of a snapshot."""
    document = json.loads((project.root / name).read_text(encoding="utf-8"))
    rows = next(each["rows"] for each in document["answers"]["lists"] if each["func"] == "account")
    return [row["values"]["email"] for row in rows]
