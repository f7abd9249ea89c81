"""Every key and every closed value is completed by the language server that editors use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.kinds.catalogue import discover
from reconciler.manifest.load.document import SET_KIND
from reconciler.project.schemas import json_schemas
from tests.editors.positions import Position, find_positions
from tests.support.language_server import LanguageServer

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = discover()
SCHEMAS = json_schemas(CATALOGUE)
BY_TITLE = {schema["title"]: schema for schema in SCHEMAS.values() if "title" in schema}
KINDS = [kind.name for kind in CATALOGUE.resources]
HEADER = "# yaml-language-server: $schema={schema}\n"


def differences(
    server: LanguageServer, place: Path, head: str, found: list[Position], around: list[str]
) -> dict[str, tuple[set[str], set[str]]]:
    """Return what the server offers too little and too much, by position."""
    wrong = {}
    for position in found:
        # A mark such as a comma is offered in quotes.
        offered = {
            label.strip('"') for label in server.complete(place, head + position.text(around))
        }
        if offered != position.labels:
            wrong[position.name] = (set(position.labels - offered), offered - position.labels)
    return wrong


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_and_value_of_a_kind_is_completed(
    server: LanguageServer, folder: Path, kind: str
) -> None:
    """In the file that ``init`` wrote the header of, nothing is missing and nothing is foreign."""
    found = [each for each in find_positions(BY_TITLE[kind]) if each.path != ("kind",)]
    around = ["apiVersion: reconciler/v1", f"kind: {kind}", "metadata: {name: a}"]
    keys = {each.path: each.labels for each in found if not each.of_values}
    described = CATALOGUE.by_name[kind]

    wrong = differences(
        server,
        folder / "manifests" / "new.yaml",
        HEADER.format(schema="../schemas/manifest.schema.json"),
        [each for each in found if each.path],
        around,
    )

    assert wrong == {}
    assert keys[("spec",)] == {
        *(facet.name.partition(".")[0] for facet in described.facets),
        *CATALOGUE.children[described.name],
    }


@pytest.mark.parametrize(
    ("title", "place", "schema"),
    [
        ("A project file", "new.yaml", "schemas/project.schema.json"),
        ("A policy", "policies/new.yaml", "../schemas/policy.schema.json"),
        (SET_KIND, "manifests/new.yaml", "../schemas/resource-set.schema.json"),
    ],
)
def test_every_key_and_value_of_the_other_files_is_completed(
    server: LanguageServer, folder: Path, title: str, place: str, schema: str
) -> None:
    """The project file, policies and sets are written as easily as manifests."""
    found = list(find_positions(BY_TITLE[title]))

    wrong = differences(server, folder / place, HEADER.format(schema=schema), found, [])

    assert wrong == {}


def test_kinds_and_keys_are_offered_before_there_is_a_kind(
    server: LanguageServer, folder: Path
) -> None:
    """An empty file begins with the keys of a document, and then with the kinds."""
    place = folder / "manifests" / "new.yaml"
    head = HEADER.format(schema="../schemas/manifest.schema.json")

    assert server.complete(place, f"{head}|") == set(BY_TITLE["A manifest"]["properties"])
    assert server.complete(place, f"{head}kind: |") == {*KINDS, SET_KIND}


def test_completion_knows_the_kind_of_each_document(command: list[str], folder: Path) -> None:
    """Of several documents in a file, each completes its own kind by the settings of the folder.

    A header line serves completion in the first document alone.
    """
    settings = json.loads((folder / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    text = (
        "kind: Client\nspec:\n  email: a@b.example\n---\nkind: TaxRule\nspec:\n  client: a\n  |\n"
    )

    with LanguageServer(command, folder, {"schemas": settings["yaml.schemas"]}) as server:
        offered = server.complete(folder / "manifests" / "new.yaml", text)

    assert offered == set(BY_TITLE["TaxRule"]["properties"]["spec"]["properties"]) - {"client"}
