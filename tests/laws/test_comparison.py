from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from reconciler.kinds.fields import ValueType
from reconciler.mapping.decode import read_form
from reconciler.mapping.encode import CallContext, create_calls
from reconciler.mapping.options import same_options
from reconciler.model.address import parse_element_id
from reconciler.model.resource import Observed
from reconciler.model.value import Choice
from reconciler.planning.diff import compare
from reconciler.planning.precondition import precondition
from reconciler.wire.reply import Form
from tests.support.planning import CATALOGUE, NAMESPACE, TODAY, kind_of, live, scope
from tests.support.strategies import CHOICES, resources, unique_choices

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Desired

KINDS = [kind.name for kind in CATALOGUE.resources]


@pytest.mark.parametrize("name", KINDS)
@given(data=st.data())
def test_object_that_is_as_declared_differs_in_nothing(name: str, data: st.DataObject) -> None:
    """What is declared, observed, leaves nothing to do and nothing unknown."""
    kind = kind_of(name)
    desired = data.draw(resources(kind))
    found = compare(kind, desired, live(name, 5, desired.fields), TODAY)

    assert (found.edits, found.unknown) == ((), ())


@pytest.mark.parametrize("name", KINDS)
@given(data=st.data())
def test_created_object_is_read_back_as_declared(name: str, data: st.DataObject) -> None:
    """A form that shows the parameters of the create holds no difference: no plan after it."""
    kind = kind_of(name)
    desired = data.draw(resources(kind))
    (call,) = create_calls(
        kind, desired, CallContext(NAMESPACE, parse_element_id("7"), "a@b.example")
    )
    values = {key: text for key, text in call.params if isinstance(text, str)}
    where = scope(name, 7 if kind.parent else None, str(desired.fields.get(kind.variant, "")))
    blank = Observed(where, parse_element_id("5"), {})
    seen = read_form(kind, blank, Form(values, _menus(kind, desired)))
    found = compare(kind, desired, seen, TODAY)

    assert found.edits == ()
    shown = {facet.name for facet in kind.facets if facet.param in values}
    assert not shown & set(found.unknown)
    if kind.marker:
        assert seen.marker


@pytest.mark.parametrize("name", KINDS)
@given(data=st.data())
def test_field_that_is_not_declared_is_never_compared(name: str, data: st.DataObject) -> None:
    """The diff is left-scoped: a live value that no manifest declares is no difference."""
    kind = kind_of(name)
    desired = data.draw(resources(kind))
    other = data.draw(resources(kind))
    observed = live(name, 5, {**other.fields, **desired.fields})

    assert compare(kind, desired, observed, TODAY).edits == ()


@pytest.mark.parametrize("name", KINDS)
@given(data=st.data())
def test_hidden_field_is_unknown_and_never_a_difference(name: str, data: st.DataObject) -> None:
    """What the panel does not show is distinguished from what it shows as empty."""
    kind = kind_of(name)
    desired = data.draw(resources(kind))
    compared = sorted(f.name for f in kind.facets if f.compared and f.name in desired.fields)
    if not compared:
        return
    hidden = data.draw(st.sampled_from(compared))
    fields = {key: value for key, value in desired.fields.items() if key != hidden}
    found = compare(kind, desired, live(name, 5, fields), TODAY)

    assert (found.edits, found.unknown) == ((), (hidden,))


@pytest.mark.parametrize("name", KINDS)
@given(data=st.data())
def test_precondition_covers_declared_fields_only(name: str, data: st.DataObject) -> None:
    """Another's change to a declared field moves it, one to any other field does not."""
    kind = kind_of(name)
    desired = data.draw(resources(kind))
    before = live(name, 5, desired.fields)
    mark = precondition(kind, before, desired)
    names = sorted(facet.name for facet in kind.facets if facet.compared)
    field = data.draw(st.sampled_from(names))
    after = replace(before, fields={**desired.fields, field: "another value altogether"})
    covered = field in desired.fields or field in kind.identity

    assert (precondition(kind, after, desired) != mark) is covered


@given(
    wanted=st.lists(st.one_of(CHOICES, CHOICES.map(lambda c: Choice(label=c.label))), max_size=4),
    other=st.lists(st.one_of(CHOICES, CHOICES.map(lambda c: Choice(label=c.id))), max_size=2),
    data=st.data(),
)
def test_verdict_on_sets_does_not_depend_on_their_order(
    wanted: list[Choice], other: list[Choice], data: st.DataObject
) -> None:
    """Sets have no order, and under another hash seed they come in another one."""
    live_ones = [*data.draw(st.permutations(wanted))[:3], *other]
    verdict = same_options(wanted, live_ones)
    again = same_options(data.draw(st.permutations(wanted)), data.draw(st.permutations(live_ones)))

    assert again is verdict


@given(chosen=unique_choices(), beyond=CHOICES)
def test_set_of_options_equals_itself_and_no_other(chosen: list[Choice], beyond: Choice) -> None:
    """One option more or fewer is a difference; labels alone are as good as ids."""
    unlike = {choice.id for choice in chosen} | {choice.label for choice in chosen}
    labels = [Choice(label=choice.label) for choice in chosen]

    assert same_options(chosen, reversed(chosen)) is True
    assert same_options(chosen, labels) is True
    if not {beyond.id, beyond.label} & unlike:
        assert same_options([*chosen, beyond], chosen) is False
        assert same_options(chosen, [*chosen, beyond]) is False


def _menus(kind: ResourceKind, desired: Desired) -> dict[str, dict[str, str]]:
    menus: dict[str, dict[str, str]] = {}
    for facet in kind.facets:
        value = desired.fields.get(facet.name)
        if not facet.on_form or facet.wire.shape not in {ValueType.CHOICE, ValueType.CHOICES}:
            continue
        choices = value if isinstance(value, frozenset) else {value}
        found = {c.id: c.label for c in choices if isinstance(c, Choice) and c.id and c.label}
        if found:
            menus[facet.wire.options or facet.param] = found
    return menus
