"""Kinds explain themselves from the facets that everything else goes by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reconciler.kinds.catalogue import discover
from reconciler.kinds.fields import Mode
from reconciler.project.schemas import json_schemas
from reconciler.report.explain import catalogue_text, field_text, kind_text, lookup_text
from reconciler.report.explain_topics import TOPICS, topic_text

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind

CATALOGUE = discover()


def test_every_kind_and_lookup_is_listed() -> None:
    """Nothing that the catalogue knows is left out of the list."""
    text = catalogue_text(CATALOGUE)

    assert [kind.name for kind in CATALOGUE if f"\n{kind.name} " not in f"\n{text}"] == []


@pytest.mark.parametrize("name", sorted(CATALOGUE.by_name))
def test_every_field_of_every_kind_is_explained(name: str) -> None:
    """Each field has its row, and a text of its own that says type, need and time."""
    kind = CATALOGUE.by_name[name]
    rows = {line.split(" ")[0].rstrip("*+") for line in kind_text(kind, {}).splitlines()}

    assert {facet.name for facet in kind.facets} <= rows
    for facet in kind.facets:
        text = field_text(kind, facet)
        assert text.startswith(f"{name}.{facet.name}: {facet.doc}\n")
        assert "  type       value" not in text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("TaxRule.rate", ["required   to create a new one; not managed if left out"]),
        ("TaxRule.provider", ["choice, or {id: …}", "yes", "set at creation only", "project"]),
        ("Discount.to", ["type       date\n", "null       means none"]),
        ("Client.password", ["reference to a secret", "when `rotate` changes", "passwd, confirm"]),
        ("Service.osTemplate", ["--allow reinstall"]),
        ("Service.type", ["vhost or vds or dedic", "never sent"]),
        ("Service.addons", ["type       map", "addon_N"]),
        ("Service.addons", ["`reconciler call vds.edit elid=ID`", "a plan suggests similar ones"]),
        ("Discount.type", ["`reconciler call account.discount.edit plid=CLIENT_ID elid=ID`"]),
        ("Discount.client", ["reference to a Client"]),
        ("Client.onCreate.notify", ["true or false", "sent at creation, never compared"]),
    ],
)
def test_field_is_explained_in_words(path: str, words: list[str]) -> None:
    """Type, mode, parameter and consents are described as a person would."""
    kind_name, _, field = path.partition(".")
    kind = CATALOGUE.by_name[kind_name]

    text = field_text(kind, kind.by_name[field])

    assert [word for word in words if word not in text] == []


def test_what_must_be_given_is_marked_and_what_is_needed_to_create() -> None:
    """A star for what a manifest cannot do without, a plus for what a new object cannot."""
    text = kind_text(CATALOGUE.by_name["CurrencyRate"], {})

    assert "\nbase*  " in text
    assert "\nrate+  " in text
    assert "\namount  " in text
    assert "* is required.\n+ is required to create a new one;" in text


@pytest.mark.parametrize("kind", CATALOGUE.resources, ids=lambda kind: kind.name)
def test_what_is_set_once_and_what_charges_says_so(kind: ResourceKind) -> None:
    """No column says when a field is set: its words do."""
    rows = {line.split("  ")[0].rstrip("*+"): line for line in kind_text(kind, {}).splitlines()}
    words = {
        Mode.CREATE_ONLY: "(set once)",
        Mode.SENT_ONCE: "(at creation only)",
        Mode.PAID: "(may charge money)",
        Mode.RENEW: "(charges money)",
    }

    silent = [
        facet.name
        for facet in kind.facets
        if words.get(facet.wire.mode, "") not in rows[facet.name]
    ]

    assert silent == []


def test_columns_leave_room_at_80() -> None:
    """What a field is begins where a terminal of 80 columns can break it under its column."""
    texts = [kind_text(kind, {}) for kind in CATALOGUE.resources]
    texts += [topic_text(name, json_schemas(CATALOGUE)) for name in TOPICS]
    heads = [line for text in texts for line in text.splitlines() if "WHAT IT IS" in line]

    assert [line for line in heads if line.index("WHAT IT IS") > 56] == []


@pytest.mark.parametrize("name", TOPICS)
def test_topic_says_what_each_of_its_keys_is(name: str) -> None:
    """A key without words is a key that nobody explained."""
    topic = topic_text(name, json_schemas(CATALOGUE))
    tables = topic.partition("TYPE")[2].partition("Example:")[0].split("\n\n")[0].splitlines()[1:]

    assert topic.startswith(f"{name}: ")
    assert [row for row in tables if len(re.split(r" {2,}", row)) < 3] == []


def test_type_of_a_key_is_shown_in_words() -> None:
    """Unions, lists, secrets, marks and long choices read as a person would say them."""
    reported = topic_text("Project", json_schemas(CATALOGUE))
    rows = {line.split("  ")[0]: re.split(r" {2,}", line) for line in reported.splitlines()}

    assert rows["manifests"][1] == "list of texts"
    assert rows["targets*"][1:] == ["map", "the panels, by name"]
    assert rows["auth.username"][1] == "text or secret"
    assert rows["auth.key"][1] == "reference to a secret"
    assert rows["numbers.decimal*"][1] == '"." or ","'
    assert rows["format"][1] == "one word"
    assert rows["format"][2].endswith(": xml, devel, json, sjson, xjson, bjson, JSONdata")
    assert rows["overlays"][1] == "list of texts"


def test_lookup_is_explained_as_not_declared() -> None:
    """A lookup is there to be referred to."""
    text = lookup_text(CATALOGUE.lookups["Tariff"])

    assert "not declared" in text
    assert "reconciler call pricelist" in text
