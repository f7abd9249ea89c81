"""Kinds explain themselves from the facets that everything else goes by."""

from __future__ import annotations

import pytest

from reconciler.kinds.catalogue import discover
from reconciler.report.explanation import catalogue_text, field_text, kind_text, lookup_text

CATALOGUE = discover()


def test_every_kind_and_lookup_is_listed() -> None:
    """Nothing that the catalogue knows is left out of the list."""
    text = catalogue_text(CATALOGUE)

    assert [kind.name for kind in CATALOGUE if f"\n{kind.name} " not in f"\n{text}"] == []


@pytest.mark.parametrize("name", sorted(CATALOGUE.by_name))
def test_every_field_of_every_kind_is_explained(name: str) -> None:
    """Each field has its row, and a text of its own that says type, need and time."""
    kind = CATALOGUE.by_name[name]
    rows = {line.split(" ")[0].rstrip("*") for line in kind_text(kind, {}).splitlines()}

    assert {facet.name for facet in kind.facets} <= rows
    for facet in kind.facets:
        text = field_text(kind, facet)
        assert text.startswith(f"{name}.{facet.name}: {facet.doc}\n")
        assert "  type       value" not in text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("TaxRule.provider", ["choice, or {id: …}", "yes", "set at creation only", "project"]),
        ("Discount.to", ["type       date\n", "null       means none"]),
        ("Client.password", ["reference to a secret", "when `rotate` changes", "passwd, confirm"]),
        ("Service.osTemplate", ["--allow reinstall"]),
        ("Service.type", ["vhost or vds or dedic", "never sent"]),
        ("Service.addons", ["type       map", "addon_N"]),
        ("Discount.client", ["reference to a Client"]),
        ("Client.onCreate.notify", ["true or false", "sent at creation, never compared"]),
    ],
)
def test_field_is_explained_in_words(path: str, words: list[str]) -> None:
    """Type, mode, parameter and consents are told as a person would."""
    kind_name, _, field = path.partition(".")
    kind = CATALOGUE.by_name[kind_name]

    text = field_text(kind, kind.by_name[field])

    assert [word for word in words if word not in text] == []


def test_lookup_is_explained_as_not_declared() -> None:
    """A lookup is there to be referred to."""
    assert "not declared" in lookup_text(CATALOGUE.lookups["Tariff"])
