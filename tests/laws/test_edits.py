"""Edits of manifests: the wanted values, every comment, and every other line as it was."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from hypothesis import given, settings, strategies as st

from reconciler.manifest.edit.edit import ManifestEdit, edit_manifest
from reconciler.manifest.edit.nested import is_same
from reconciler.manifest.yaml.documents import compose
from reconciler.model.address import Address
from reconciler.model.finding import Source
from tests.support.styled_manifests import (
    FIELDS,
    LISTS,
    SPECS,
    VALUES,
    comments_of,
    documents,
    styled,
    values_of,
)

MARKED = "marked value of one line"
KIND = {"discounts": "Discount", "taxRules": "TaxRule"}


def places_of(text: str) -> dict[str, Source]:
    """Return where each resource of a text begins, by its name."""
    places = {}
    for each in compose(text.encode(), "a.yaml")[0]:
        value: Any = each.value
        places[value["metadata"]["name"]] = Source("a.yaml", each.place.line, each.place.column)
        inner: Any = each.place.inner
        for key in set(LISTS) & set(value["spec"]):
            for item, place in zip(value["spec"][key], inner["spec"].inner[key].inner, strict=True):
                places[item["name"]] = Source("a.yaml", place.line, place.column)
    return places


def around(text: str, field: str) -> tuple[str, str]:
    """Return what stands before the line of the field whose value is marked, and behind it."""
    at = text.index(MARKED)
    keys = re.finditer(rf"^.*[\"' {{,]?{field}[\"']?:", text[:at], re.MULTILINE)
    return text[: [*keys][-1].start()], text[at:].partition("\n")[2]


@settings(max_examples=40)
@given(data=st.data())
def test_edited_manifest_holds_the_wanted_values_and_all_comments(data: st.DataObject) -> None:
    """Values and additions of any sort, in any style, lose no comment."""
    wanted = data.draw(documents())
    text = data.draw(styled(wanted))
    places = places_of(text)
    edits = []
    for value in wanted:
        spec = value["spec"]
        name = value["metadata"]["name"]
        new = grown(spec, data.draw(SPECS))
        added = data.draw(st.dictionaries(st.sampled_from(LISTS), _items(name), max_size=2))
        edits.append(ManifestEdit(Address("Client", name), places[name], new, children=added))
        for key in LISTS:
            for item in spec.get(key, []):
                fields = grown(item, data.draw(SPECS))
                address = Address(KIND[key], item["name"])
                edits.append(ManifestEdit(address, places[item["name"]], fields))
                item.update(fields)
        spec.update(new)
        for key, items in added.items():
            spec[key] = [*spec.get(key, []), *items]

    after = edit_manifest(text, "a.yaml", data.draw(st.permutations(edits)))

    assert is_same(values_of(after), [*wanted])
    assert comments_of(after) == comments_of(text)
    assert after.endswith("\n") == text.endswith("\n")


def grown(before: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return new values that take nothing out of a list or a map, where comments would go along."""
    found: dict[str, Any] = {}
    for name, value in new.items():
        old = before.get(name)
        if isinstance(old, list) and isinstance(value, list):
            found[name] = [*old, *value]
        elif isinstance(old, dict) and isinstance(value, dict):
            found[name] = old | value
        else:
            found[name] = value
    return found


def _items(name: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    items = st.lists(SPECS, min_size=1, max_size=2)
    return items.map(lambda found: [{"name": f"new-{name}-{i}"} | x for i, x in enumerate(found)])


@settings(max_examples=40)
@given(data=st.data())
def test_what_is_taken_out_takes_nothing_else_along(data: st.DataObject) -> None:
    """Deleted resources and fields go; all others hold what they held."""
    wanted = data.draw(documents())
    text = data.draw(styled(wanted))
    places = places_of(text)
    edits, left = [], []
    for value in wanted:
        name = value["metadata"]["name"]
        if data.draw(st.integers(0, 3)) == 3:
            edits.append(ManifestEdit(Address("Client", name), places[name], deleted=True))
            continue
        fields = tuple(data.draw(st.lists(st.sampled_from(FIELDS), unique=True)))
        edits.append(ManifestEdit(Address("Client", name), places[name], removed=fields))
        spec = value["spec"]
        for key in LISTS:
            for item in list(spec.get(key, [])):
                if data.draw(st.booleans()):
                    address = Address(KIND[key], item["name"])
                    edits.append(ManifestEdit(address, places[item["name"]], deleted=True))
                    spec[key].remove(item)
        for field in fields:
            spec.pop(field, None)
        left.append(value)

    after = edit_manifest(text, "a.yaml", edits)

    assert is_same(values_of(after), [*left])


@settings(max_examples=40)
@given(data=st.data())
def test_one_new_value_changes_the_lines_of_its_field_alone(data: st.DataObject) -> None:
    """All lines before the field and behind it are byte for byte as they were."""
    wanted = deepcopy(data.draw(documents()))
    name = data.draw(st.sampled_from([each["metadata"]["name"] for each in wanted]))
    spec = next(each["spec"] for each in wanted if each["metadata"]["name"] == name)
    field = data.draw(st.sampled_from(FIELDS))
    spec[field] = MARKED
    text = data.draw(styled(wanted))
    new = data.draw(VALUES)
    before, after = around(text, field)

    edit = ManifestEdit(Address("Client", name), places_of(text)[name], {field: new})
    result = edit_manifest(text, "a.yaml", [edit])

    assert result.startswith(before)
    assert result.endswith(after)
