from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest
from hypothesis import given, strategies as st

from reconciler.errors import ManifestsError
from reconciler.model.address import Address
from reconciler.model.plan import Action, Change
from reconciler.planning.build.ordering import topological_order

# One object is either updated or adopted, never both.
ACTIONS: list[Action] = [action for action in get_args(Action) if action != "adopt"]


@st.composite
def graphs(draw: st.DrawFn) -> list[Change]:
    """Return changes whose needs form no circle, each address with one or two of them."""
    changes: list[Change] = []
    for number in range(draw(st.integers(0, 12))):
        address = Address(draw(st.sampled_from(["Client", "Discount"])), f"n{number}")
        earlier = sorted({change.address for change in changes})
        needs = draw(st.lists(st.sampled_from(earlier), max_size=3)) if earlier else []
        actions = st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True)
        changes += [Change(address, each, depends_on=tuple(needs)) for each in draw(actions)]
    return changes


@given(changes=graphs())
def test_order_is_a_permutation(changes: list[Change]) -> None:
    """Nothing is lost and nothing is done twice."""
    assert Counter(topological_order(changes)) == Counter(changes)


@given(changes=graphs())
def test_order_respects_every_need(changes: list[Change]) -> None:
    """A change comes after all changes of every address that it depends on."""
    done = topological_order(changes)
    last = {change.address: place for place, change in enumerate(done)}

    for place, change in enumerate(done):
        assert all(last.get(need, -1) < place for need in change.depends_on)


@given(changes=graphs(), data=st.data())
def test_order_does_not_depend_on_the_order_of_the_input(
    changes: list[Change], data: st.DataObject
) -> None:
    """Files may be read in any order: the work is ordered alike."""
    assert topological_order(data.draw(st.permutations(changes))) == topological_order(changes)


@given(changes=graphs())
def test_ordering_is_idempotent(changes: list[Change]) -> None:
    """The order is one of the plan, not of a run over it."""
    once = topological_order(changes)

    assert topological_order(once) == once


@given(length=st.integers(2, 6), others=graphs())
def test_circle_of_needs_is_refused_and_not_dropped(length: int, others: list[Change]) -> None:
    """Changes that need one another would vanish from the plan; they are named instead."""
    ring = [Address("ClientAccount", f"r{number}") for number in range(length)]
    circle = [
        Change(address, "update", depends_on=(ring[place - 1],))
        for place, address in enumerate(ring)
    ]

    with pytest.raises(ManifestsError) as refusal:
        topological_order([*others, *circle])

    (finding,) = refusal.value.findings
    assert all(str(address) in finding.message for address in ring)
