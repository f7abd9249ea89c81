"""The canonical form of manifests: the same values, every comment, and nothing left to do."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings, strategies as st

from reconciler.manifest.edit.canonical import format_manifest
from reconciler.manifest.edit.field_ordering import FieldOrdering
from reconciler.manifest.edit.nested import is_same
from tests.support.styled_manifests import FIELDS, comments_of, documents, styled, values_of

_FIELDS = FieldOrdering(("name", *FIELDS))
ORDERING = FieldOrdering(
    ("apiVersion", "kind", "metadata", "spec"),
    {"spec": FieldOrdering(tuple(FIELDS), {"discounts": FieldOrdering(items=_FIELDS)})},
)


@settings(max_examples=60)
@given(data=st.data())
def test_canonical_form_holds_the_same_and_is_its_own(data: st.DataObject) -> None:
    """Values and comments stay, and a second time changes nothing."""
    wanted = data.draw(documents())
    text = data.draw(styled(wanted))

    once = format_manifest(text, "a.yaml", lambda _: ORDERING)

    values: Any = values_of(once)
    assert is_same(values, [*wanted])
    assert comments_of(once) == comments_of(text)
    assert {tuple(each) for each in values} == {ORDERING.keys}
    assert format_manifest(once, "a.yaml", lambda _: ORDERING) == once
