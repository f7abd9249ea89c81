"""What is left of a plan when classes of changes are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.documents.plan import change_document
from reconciler.model.address import Address
from reconciler.model.plan import Change, ChangeClass, Plan
from reconciler.model.target import Guards
from reconciler.planning.exclusions import exclude, find_ways, remaining
from reconciler.planning.guards import ConsentHints, check_guards
from tests.support.planning import CATALOGUE, TARGET

if TYPE_CHECKING:
    from reconciler.model.plan import Action

ORDER = "Service/web"


def _change(name: str, action: Action, *classes: ChangeClass, needs: str = "") -> Change:
    kind, _, stem = name.partition("/")
    other = needs.partition("/")
    return Change(
        Address(kind, stem),
        action,
        classes=frozenset(classes),
        depends_on=(Address(other[0], other[2]),) if needs else (),
    )


PLAN = Plan(
    TARGET,
    (
        _change("Client/acme", "adopt", "adopt"),
        _change("Service/held", "blocked", needs="Client/acme"),
        _change("Discount/spring", "create", needs="Client/acme"),
        _change(ORDER, "create", "charge"),
        _change(ORDER, "suspend"),
        _change("TaxRule/vat", "update"),
        _change("TaxRule/old", "delete", "delete"),
    ),
    5,
    (),
    "sha256:0",
    {},
)


@pytest.mark.parametrize(
    ("classes", "left"),
    [
        ([], []),
        (["charge"], [(ORDER, "create", ""), (ORDER, "suspend", ORDER)]),
        (["delete"], [("TaxRule/old", "delete", "")]),
        (["adopt"], [("Client/acme", "adopt", ""), ("Discount/spring", "create", "Client/acme")]),
    ],
)
def test_class_is_excluded_with_all_its_dependents(
    classes: list[ChangeClass], left: list[tuple[str, str, str]]
) -> None:
    """The rest is kept in its order; what is blocked stays in sight."""
    part, out = exclude(PLAN, classes)

    assert [(str(o.change.address), o.change.action, o.needs) for o in out] == left
    assert all(o.classes == set(classes) for o in out)
    assert [c for c in PLAN.changes if c not in [o.change for o in out]] == list(part.changes)


def test_changes_excluded_by_every_run_remain_in_a_saved_plan() -> None:
    """A change that one of the runs was free to do is not done again."""
    saved = [change_document(change) for change in PLAN.changes]

    def left(*earlier: set[str]) -> list[tuple[object, object]]:
        return [(each["address"], each["action"]) for each in remaining(saved, earlier)]

    assert len(left()) == len(PLAN.changes)
    assert left({"charge", "delete"}) == [
        (ORDER, "create"),
        (ORDER, "suspend"),
        ("TaxRule/old", "delete"),
    ]
    assert left({"charge", "delete"}, {"delete"}) == [("TaxRule/old", "delete")]
    assert left({"charge"}, set()) == []


@pytest.mark.parametrize(
    ("guards", "allow", "rest"),
    [
        (Guards(max_deletes=None), {"charge"}, {"charge"}),
        (Guards(max_deletes=0), {"charge", "delete"}, {"charge", "delete"}),
        (Guards(max_deletes=None, max_charge={}), None, {"charge"}),
    ],
)
def test_ways_are_the_fewest_classes_with_which_a_plan_passes(
    guards: Guards, allow: set[ChangeClass] | None, rest: set[ChangeClass]
) -> None:
    """A guard that no consent lifts leaves only the way without its changes."""
    ways = find_ways(
        PLAN, [], lambda part, given: check_guards(part, guards, given, CATALOGUE).passes
    )

    assert ways == ConsentHints(frozenset(allow) if allow else None, frozenset(rest))


def test_no_way_leads_to_a_plan_with_nothing_in_it() -> None:
    """Where all of it is left out there is no rest to apply."""
    plan = Plan(TARGET, (_change(ORDER, "create", "charge"),), 0, (), "", {})
    guards = Guards(max_charge={})

    ways = find_ways(
        plan, [], lambda part, given: check_guards(part, guards, given, CATALOGUE).passes
    )

    assert (ways.allow, ways.without) == (None, None)
