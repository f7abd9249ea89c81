"""Each sort of error that a schema can tell is flagged in an editor, and refused by loading."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.kinds.catalogue import discover
from reconciler.manifest.load.loader import load_manifests
from reconciler.project.schemas import json_schemas

if TYPE_CHECKING:
    from tests.support.language_server import LanguageServer

CATALOGUE = discover()
HEADER = "# yaml-language-server: $schema=../schemas/manifest.schema.json\n"
CLIENT = (
    "apiVersion: reconciler/v1\nkind: Client\nmetadata: {name: acme}\nspec:\n  email: a@b.example\n"
)
DISCOUNT = (
    "apiVersion: reconciler/v1\nkind: Discount\nmetadata: {name: a}\nspec:\n  client: {id: '7'}\n"
)
SERVICE = (
    "apiVersion: reconciler/v1\nkind: Service\nmetadata: {name: a}\n"
    "spec:\n  client: {id: '7'}\n  type: vds\n  tariff: S\n  domain: a.example\n"
)
ACCOUNT = "  accounts:\n    - {name: a, provider: P, currency: EUR}\n"
# By the keyword of the schema: a document that breaks it, and what the server says.
MISTAKES = {
    "additionalProperties": (CLIENT + "  contry: DE\n", "Property contry is not allowed."),
    "anyOf": (DISCOUNT + "  type: [a]\n", 'Incorrect type. Expected "string |'),
    "const": (CLIENT.replace("/v1", "/v2"), 'Value must be "reconciler/v1".'),
    "enum": (SERVICE.replace("vds", "vps"), 'Valid values: "vhost", "vds", "dedic".'),
    "exclusiveMinimum": (DISCOUNT + "  percentage: 0\n", "exclusive minimum of 0"),
    "format": (DISCOUNT + "  from: 2027-13-40\n", "not a RFC3339 date"),
    "items": (CLIENT + "  taxRules: [19]\n", 'Incorrect type. Expected "object'),
    "maxLength": (CLIENT.replace("a@", f"{'a' * 260}@"), "longer than the maximum length of 254"),
    "maximum": (DISCOUNT + "  percentage: 101\n", "above the maximum of 100"),
    "minItems": (CLIENT + "  password: {command: []}\n", "Array has too few items"),
    "minLength": (CLIENT + "  country: ''\n", "shorter than the minimum length of 1"),
    "minProperties": (SERVICE + "  maxPrice: {}\n", "fewer properties than the required number"),
    "minimum": (SERVICE + "  generation: 0\n", "below the minimum of 1"),
    "oneOf": (CLIENT + "  password: secret\n", 'Incorrect type. Expected "object'),
    "pattern": (CLIENT.replace("acme", "Acme"), "does not match the pattern"),
    "properties": (DISCOUNT + "  client2: {id: '7'}\n", "Property client2 is not allowed."),
    "propertyNames": (SERVICE + "  maxPrice: {euro: 5}\n", "does not match the pattern"),
    "required": (CLIENT + "  discounts: [{percentage: 5}]\n", 'Missing property "name".'),
    "type": (DISCOUNT + "  percentage: '15'\n", 'Incorrect type. Expected "number".'),
    "uniqueItems": (DISCOUNT + "  periods: [12, 12]\n", "Array has duplicate items."),
}
# Keywords that say nothing of a value by themselves.
SILENT = {"$schema", "title", "description", "enumDescriptions", "allOf", "if", "then"}


def keywords(node: object) -> set[str]:
    """Return the keywords that a schema uses."""
    if isinstance(node, list):
        return set().union(*map(keywords, node))
    if not isinstance(node, dict):
        return set()
    found = set(node)
    for key, value in node.items():
        if key in {"properties", "patternProperties"}:
            found |= set().union(*map(keywords, value.values()))
        elif key not in {"const", "enum"}:
            found |= keywords(value)
    return found


def test_each_keyword_of_the_manifest_schema_has_a_mistake_here() -> None:
    """A new sort of rule comes with a document that breaks it."""
    used = keywords(json_schemas(CATALOGUE)["manifest.schema.json"])

    assert used - SILENT - set(MISTAKES) == set()
    assert set(MISTAKES) - used == set()


@pytest.mark.parametrize("keyword", MISTAKES)
def test_mistake_is_flagged_in_the_editor_and_refused_by_loading(
    server: LanguageServer, folder: Path, keyword: str
) -> None:
    """What an editor flags, a run refuses, and the other way round."""
    text, reported = MISTAKES[keyword]
    (folder / "mistake.yaml").write_text(text, encoding="utf-8")

    flagged = server.diagnose(folder / "manifests" / "new.yaml", HEADER + text)
    refused = load_manifests(folder, ["mistake.yaml"], CATALOGUE).findings

    assert [each for each in flagged if reported in each] != [], flagged
    assert refused


@pytest.mark.parametrize("text", [CLIENT, DISCOUNT, SERVICE, CLIENT + ACCOUNT])
def test_what_is_right_is_not_flagged(server: LanguageServer, folder: Path, text: str) -> None:
    """No diagnostic is a false alarm."""
    assert server.diagnose(folder / "manifests" / "new.yaml", HEADER + text) == []


def test_files_of_a_new_project_and_of_this_repository_are_not_flagged(
    server: LanguageServer, folder: Path
) -> None:
    """Each by the header line that it begins with."""
    ours = Path(__file__).parents[2]
    texts = {path: path.read_text("utf-8") for path in sorted(ours.glob("manifests/*.yaml"))}
    texts |= {path: path.read_text("utf-8") for path in sorted(folder.glob("*/*.yaml"))}
    texts[folder / "reconciler.yaml"] = (folder / "reconciler.yaml").read_text("utf-8")

    flagged = {path.name: server.diagnose(path, text) for path, text in texts.items()}

    assert len(flagged) > 5
    assert {name: found for name, found in flagged.items() if found} == {}
