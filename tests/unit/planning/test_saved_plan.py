from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.documents.plan import plan_document
from reconciler.documents.restore import restore_plan
from reconciler.documents.values import digest
from reconciler.errors import RefusedError, StalePlanError, StoreError
from reconciler.model.plan import Money
from reconciler.model.value import Choice
from reconciler.planning.saved_plan import check_age, check_saved, compare_saved
from tests.support.planning import PlanInputs, acme, client, declare, live, remember

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.documents.values import Json
    from reconciler.model.resource import Observed
    from reconciler.model.value import Fields

MAIN, OTHER = Choice("1", "Main"), Choice("2", "Other")
ACME = acme(note="wanted")
VAT = declare("TaxRule", "vat", {"client": "acme", "provider": MAIN, "rate": 20})
OLD = declare("TaxRule", "old", {"client": "acme", "provider": OTHER, "rate": 7})
WEB = declare(
    "Service",
    "web",
    {
        "client": "acme",
        "type": "vds",
        "tariff": Choice("6", "S"),
        "domain": "a.example",
        "payFrom": "balance",
    },
)


def _rule(number: int, provider: Choice, rate: int) -> Observed:
    fields: Fields = {"provider": provider, "rate": Decimal(rate), "productTypes": frozenset()}
    return live("TaxRule", number, fields, client=7)


WORLD = PlanInputs(
    declared=(ACME, VAT, WEB),
    objects=(client(note="live", phone="+1"), _rule(5, MAIN, 19), _rule(6, OTHER, 7)),
    inventory=dict(
        [
            remember(ACME, client()),
            remember(VAT, _rule(5, MAIN, 19)),
            remember(OLD, _rule(6, OTHER, 7)),
        ]
    ),
    prices={WEB.address: Money(Decimal("37.20"), "EUR")},
)


def _saved(world: PlanInputs = WORLD) -> dict[str, Json]:
    """Return a plan as it comes back from its file."""
    document = plan_document(world.plan(), "2026-11-21T08:00:00Z")
    loaded: dict[str, Json] = json.loads(json.dumps(document))
    return loaded


def _objects(*objects: Observed) -> PlanInputs:
    return replace(WORLD, objects=objects)


def test_plan_of_an_unchanged_panel_is_approved_completely() -> None:
    """The same changes, in the same order."""
    fresh = WORLD.plan()

    assert compare_saved(_saved(), fresh).changes == fresh.changes
    assert sorted(c.action for c in fresh.changes) == ["create", "delete", "update", "update"]


def test_objects_outside_the_plan_may_change_freely() -> None:
    """Another field of the same form, and objects that were not planned for."""
    moved = _objects(
        client(note="live", phone="+2"),
        _rule(5, MAIN, 19),
        _rule(6, OTHER, 7),
        _rule(9, Choice("3", "Third"), 1),
    )

    assert len(compare_saved(_saved(), moved.plan()).changes) == 4


def test_still_blocked_changes_are_reported_and_unblocked_ones_skipped() -> None:
    """A plan that stays undone in part must not be reported as done."""
    duplicates = (client(note="live", phone="+1"), _rule(5, MAIN, 19), _rule(9, MAIN, 19))
    stuck = replace(WORLD, objects=duplicates, inventory=dict([remember(ACME, client())]))
    saved = _saved(stuck)

    kept = compare_saved(saved, stuck.plan())
    assert ("blocked", VAT.address) in {(c.action, c.address) for c in kept.changes}

    freed = replace(stuck, objects=duplicates[:2])
    kept = compare_saved(saved, freed.plan())
    assert VAT.address not in {change.address for change in kept.changes}


def test_change_that_was_not_approved_is_left_out() -> None:
    """Something else drifted since: it waits for a plan of its own."""
    before = _objects(client(note="wanted"), _rule(5, MAIN, 19), _rule(6, OTHER, 7))
    after = _objects(client(note="drifted"), _rule(5, MAIN, 19), _rule(6, OTHER, 7))
    approved = compare_saved(_saved(before), after.plan())

    assert len(after.plan().changes) == 4
    assert [str(c.address) for c in approved.changes] == [
        "TaxRule/vat",
        "Service/web",
        "TaxRule/old",
    ]


@pytest.mark.parametrize(
    ("world", "reported"),
    [
        (_objects(client(note="other"), _rule(5, MAIN, 19), _rule(6, OTHER, 7)), "Client/acme"),
        (_objects(client(note="live"), _rule(5, MAIN, 18), _rule(6, OTHER, 7)), "TaxRule/vat"),
        (_objects(client(note="live"), _rule(5, MAIN, 20), _rule(6, OTHER, 7)), "TaxRule/vat"),
        (_objects(client(note="live"), _rule(5, MAIN, 19), _rule(6, OTHER, 8)), "TaxRule/old"),
        (_objects(client(note="live"), _rule(5, MAIN, 19)), "TaxRule/old"),
        (_objects(client(note="live"), _rule(8, MAIN, 19), _rule(6, OTHER, 7)), "TaxRule/vat"),
        (replace(WORLD, prices={WEB.address: Money(Decimal("37.21"), "EUR")}), "Service/web"),
        (replace(WORLD, prices={WEB.address: Money(Decimal("37.20"), "USD")}), "Service/web"),
        (replace(WORLD, prices={}), "Service/web"),
        (
            replace(
                WORLD,
                objects=(
                    *WORLD.objects,
                    live(
                        "Service",
                        9,
                        {"domain": "a.example", "tariff": Choice("6", "S")},
                        client=7,
                        variant="vds",
                        marker=None,
                    ),
                ),
            ),
            "Service/web",
        ),
    ],
    ids=[
        *("edited", "moved", "already so", "edited before its delete", "already gone"),
        *("another id", "dearer", "other currency", "price untold", "appeared"),
    ],
)
def test_changed_object_of_the_plan_makes_it_stale(world: PlanInputs, reported: str) -> None:
    """Nothing at all is approved then, and the reason names the resource."""
    with pytest.raises(StalePlanError) as refusal:
        compare_saved(_saved(), world.plan())

    assert [reported in reason for reason in refusal.value.reasons] == [True]


def test_plan_of_another_target_or_of_other_manifests_is_stale() -> None:
    """Both are reported at once."""
    fresh = WORLD.plan()
    other = replace(
        fresh, target=replace(fresh.target, name="prod"), manifest_digest="sha256:other"
    )
    with pytest.raises(StalePlanError) as refusal:
        compare_saved(_saved(), other)

    assert len(refusal.value.reasons) == 2
    assert "apply it with --target" in str(refusal.value)


def test_target_is_identified_by_its_address_too() -> None:
    """A name may come to mean another panel."""
    fresh = WORLD.plan()
    other = replace(fresh, target=replace(fresh.target, url="https://elsewhere.invalid"))
    with pytest.raises(StalePlanError, match="another target"):
        compare_saved(_saved(), other)


ALTERATIONS: dict[str, Callable[[dict[str, Json]], Mapping[str, Json]]] = {
    "price": lambda plan: {**plan, "impact": {"charges": []}},
    "changes": lambda plan: {**plan, "changes": []},
    "target": lambda plan: {**plan, "target": {"name": "prod", "url": "https://x.invalid"}},
    "extra": lambda plan: {**plan, "note": "x"},
    "digest": lambda plan: {**plan, "digest": "sha256:0"},
    "no digest": lambda plan: {key: plan[key] for key in plan if key != "digest"},
    "findings": lambda plan: {**plan, "findings": [{"code": "x"}]},
}


@pytest.mark.parametrize("name", sorted(ALTERATIONS))
def test_altered_plan_is_refused(name: str) -> None:
    """Whatever was touched, its digest does not match any more."""
    altered = ALTERATIONS[name](copy.deepcopy(_saved()))
    with pytest.raises(RefusedError):
        check_saved(altered)
    with pytest.raises(RefusedError):
        compare_saved(altered, WORLD.plan())


@pytest.mark.parametrize("version", ["2", None, 1])
def test_plan_of_another_format_is_refused(version: Json) -> None:
    """Reading it by guess would approve what nobody saw."""
    with pytest.raises(StoreError, match="format"):
        check_saved({**_saved(), "formatVersion": version})


def test_plan_that_counts_an_action_of_before_is_approved() -> None:
    """The first plans counted ``forget``, which no change ever was."""
    saved = _saved()
    saved["summary"] = {**json.loads(json.dumps(saved["summary"])), "forget": 0}
    saved["digest"] = digest({k: v for k, v in saved.items() if k not in {"digest", "createdAt"}})
    fresh = WORLD.plan()

    assert compare_saved(saved, fresh).changes == fresh.changes
    assert restore_plan(saved).keeps == fresh.keeps


def test_time_of_making_does_not_count() -> None:
    """It is the one thing that the digest leaves out."""
    check_saved({**_saved(), "createdAt": "2030-01-01T00:00:00Z"})


@pytest.mark.parametrize(
    ("world", "reported"),
    [
        (_objects(client(note="other"), _rule(5, MAIN, 19), _rule(6, OTHER, 7)), '"other"'),
        (_objects(client(note="live"), _rule(5, MAIN, 18), _rule(6, OTHER, 7)), '"19" → "18"'),
        (_objects(client(note="live"), _rule(8, MAIN, 19), _rule(6, OTHER, 7)), "id 5 → 8"),
        (_objects(client(note="live"), _rule(5, MAIN, 19), _rule(6, OTHER, 8)), "depends on"),
        (
            replace(WORLD, prices={WEB.address: Money(Decimal("37.21"), "EUR")}),
            "37.20 EUR → 37.21 EUR",
        ),
        (replace(WORLD, prices={}), "37.20 EUR → unknown"),
    ],
    ids=["edited", "moved", "another id", "edited before its delete", "dearer", "price untold"],
)
def test_stale_plan_shows_what_changed(world: PlanInputs, reported: str) -> None:
    """Both what was planned on and what is there now, where the plan tells the field."""
    with pytest.raises(StalePlanError) as refusal:
        compare_saved(_saved(), world.plan())

    assert reported in str(refusal.value)


NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.mark.parametrize("hours", [24, 25, None])
def test_plan_that_is_young_enough_passes(hours: int | None) -> None:
    """The bound itself is still young enough; without one any age is."""
    check_age(_saved(), NOW, timedelta(hours=hours) if hours else None)


@pytest.mark.parametrize(
    ("made", "error"),
    [
        ("2026-11-21T07:59:59+00:00", StalePlanError),
        ("2026-11-21T08:59:59+01:00", StalePlanError),
        ("2026-11-22T08:06:00Z", StalePlanError),
        ("0001-01-01T00:00:00+14:00", RefusedError),
        ("yesterday", RefusedError),
        (None, RefusedError),
        (7, RefusedError),
    ],
)
def test_plan_of_another_time_is_not_applied(made: Json, error: type[Exception]) -> None:
    """Too old, from the future, or of no time at all."""
    with pytest.raises(error):
        check_age({**_saved(), "createdAt": made}, NOW, timedelta(hours=24))


def test_stale_plan_shows_the_inside_of_a_list_that_moved() -> None:
    """What came and what went, and not the two lists."""
    month, quarter, year = (Choice(str(n), f"{n} months") for n in (1, 3, 12))
    fields = {"client": "acme", "percentage": 10, "type": Choice("1", "Percentage")}
    spring = declare("Discount", "spring", {**fields, "periods": [1]})
    worlds = [
        replace(
            WORLD,
            declared=(ACME, spring),
            objects=(
                client(),
                live(
                    "Discount",
                    9,
                    {**spring.fields, "periods": there},
                    client=7,
                    marker="git:shop/spring",
                ),
            ),
        )
        for there in (frozenset({month, year}), frozenset({quarter, year}))
    ]
    with pytest.raises(StalePlanError) as refusal:
        compare_saved(_saved(worlds[0]), worlds[1].plan())

    assert 'periods + "3 months" − "1 months"' in str(refusal.value)
