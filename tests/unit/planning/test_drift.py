from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.model.resource import Ignore, Lifecycle
from reconciler.model.value import Choice
from reconciler.planning.drift import applied_side, find_moves
from tests.support.planning import PlanInputs, acme, client, declare, live, remember

if TYPE_CHECKING:
    from reconciler.model.drift import DriftReport
    from reconciler.model.resource import Desired, Observed, OnRemove
    from reconciler.model.value import Value

MAIN = Choice("1", "Main")
ALONE = Lifecycle(ignore=(Ignore("note", "support's"),))


def _report(
    applied: Desired, observed: Observed | None, wanted: Desired | None, *others: Observed
) -> DriftReport:
    """Compare three sides: as it was applied, as it lives, as Git wants it."""
    there = observed or client()
    world = PlanInputs(
        declared=(wanted,) if wanted else (),
        objects=(*((observed,) if observed else ()), *others),
        inventory=dict([remember(applied, there)]),
    )
    work = world.work()
    seen = replace(world, declared=applied_side(work).desired).snapshot()
    return find_moves(work, seen)


@pytest.mark.parametrize(
    ("applied", "lives", "wanted", "sort"),
    [
        ("a", "a", "a", None),
        ("a", "b", "a", "drift"),
        ("a", "a", "b", "pending"),
        ("a", "c", "b", "conflict"),
        # Both moved to the same: nothing is left to do or to tell.
        ("a", "b", "b", None),
        ("a", "b", None, "drift"),
        ("a", "a", None, None),
    ],
)
def test_drift_shows_which_side_changed(
    applied: str, lives: str, wanted: str | None, sort: str | None
) -> None:
    """The panel, Git, or both of them to different values."""
    report = _report(acme(note=applied), client(note=lives), acme(note=wanted) if wanted else None)

    assert [item.drift_class for item in report.drifted] == ([sort] if sort else [])
    if sort and wanted:
        ((edit,),) = [item.edits for item in report.drifted]
        assert (edit.field, edit.applied, edit.live, edit.wanted) == (
            "note",
            applied,
            lives,
            wanted,
        )


def test_worst_field_gives_its_name_to_all() -> None:
    """One conflict among pending fields is a conflict."""
    report = _report(
        acme(note="a", phone="1", label="x"),
        client(note="c", phone="1", label="y"),
        acme(note="b", phone="2", label="x"),
    )
    (item,) = report.drifted

    assert item.drift_class == "conflict"
    assert [edit.field for edit in item.edits] == ["phone", "label", "note"]


def test_deleted_object_is_reported_as_missing() -> None:
    """No matter who deleted it."""
    (item,) = _report(acme(note="a"), None, acme(note="a")).drifted

    assert (item.drift_class, item.id, item.edits) == ("missing", "7", ())


def test_object_on_its_way_out_is_missing() -> None:
    """It still has a row, and no future."""
    spec = {"client": "acme", "type": "vds", "tariff": MAIN, "domain": "a.example"}
    web = declare("Service", "web", spec)
    there = live("Service", 5, {"domain": "a.example"}, client=7, variant="vds", marker="git:shop/web/1")  # fmt: skip  # noqa: E501
    report = _report(web, replace(there, state="closing"), web, client())

    assert [item.drift_class for item in report.drifted] == ["missing"]


def test_field_that_the_panel_does_not_show_has_not_moved() -> None:
    """As far as anybody can tell."""
    assert _report(acme(note="a"), client(), acme(note="a")).drifted == ()


def test_undeclared_field_does_not_drift() -> None:
    """People may do there what they like."""
    assert _report(acme(note="a"), client(note="a", phone="+2"), acme(note="a")).drifted == ()


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "gone from git"])
def test_field_that_is_left_alone_does_not_drift(declared: bool) -> None:  # noqa: FBT001 - both ways
    """Its author said so, and the inventory remembers it."""
    mine = acme(note="a")._replace(lifecycle=ALONE)

    assert _report(mine, client(note="b"), mine if declared else None).drifted == ()


@pytest.mark.parametrize(("on_remove", "found"), [("keep", 0), ("delete", 1)])
def test_ignored_object_does_not_drift(on_remove: OnRemove, found: int) -> None:
    """It is remembered for its mark alone, and people may do with it what they like."""
    spec = {"client": "acme", "percentage": Decimal(5)}
    mine = declare("Discount", "old", spec, lifecycle=Lifecycle(on_remove))
    there = live("Discount", 5, {"percentage": Decimal(6)}, client=7, marker="git:shop/old")

    assert len(_report(mine, there, None, client()).drifted) == found


def test_different_spelling_is_not_drift() -> None:
    """The panel writes numbers as it likes."""
    raw = {"client": "acme", "provider": MAIN, "rate": Decimal("20.00")}
    fields: dict[str, Value] = {"provider": MAIN, "rate": Decimal(20), "productTypes": frozenset()}
    rule = declare("TaxRule", "vat", raw)

    assert _report(rule, live("TaxRule", 5, fields, client=7), rule, client()).drifted == ()


def test_marker_that_was_taken_off_is_a_drift_of_its_own() -> None:
    """Somebody edited the note of a discount: what it was is known, what it is, is not."""
    spring = declare("Discount", "spring", {"client": "acme", "percentage": 10})
    there = live("Discount", 5, {"percentage": Decimal(10)}, client=7, marker=None)
    (item,) = _report(spring, there, spring, client()).drifted

    assert item.drift_class == "drift"
    assert [edit.field for edit in item.edits] == ["marker"]
    assert item.edits[0].applied == "git:shop/spring"


def test_drift_contains_only_changes_of_the_panel() -> None:
    """Pending work is Git's, and no drift: it does not make the command fail."""
    pending = _report(acme(note="a"), client(note="a"), acme(note="b"))
    drifted = _report(acme(note="a"), client(note="b"), acme(note="a"))

    assert (pending.found, drifted.found) == (False, True)
    assert (pending.checked, drifted.checked) == (1, 1)


def test_drift_compares_with_the_applied_fields_by_id() -> None:
    """By the parent's id, for its manifest may be gone or renamed."""
    rule = declare("TaxRule", "vat", {"client": "acme", "provider": MAIN, "rate": 20})
    there = live("TaxRule", 5, {}, client=7)
    (desired,) = applied_side(PlanInputs(inventory=dict([remember(rule, there)])).work()).desired

    assert desired.fields["rate"] == Decimal(20)
    assert str(desired.parent) == "Client{id: 7}"


def test_object_added_to_an_authoritative_list_is_drift() -> None:
    """The next apply would delete it, so it is shown with its values; what is kept is reported."""
    whole = acme()._replace(whole=frozenset({"Discount", "CurrencyRate"}))
    fields: dict[str, Value] = {"percentage": Decimal(15), "note": "promised by phone"}
    added = live("Discount", 31, fields, client=7, marker=None)
    rate = live("CurrencyRate", 5, {"rate": Decimal(90)}, client=7)
    report = _report(whole, client(), whole, added, rate)

    (item,) = report.drifted
    assert (str(item.address), item.id, item.drift_class) == (
        "Discount/acme.id-31",
        "31",
        "added",
    )
    assert {edit.field: edit.live for edit in item.edits} == fields
    assert (item.client, item.source) == ("Client/acme", whole.source)
    assert [finding.code for finding in report.findings] == ["undeclared"]
    assert report.found


def test_object_declared_since_is_not_an_addition() -> None:
    """The next plan adopts it."""
    whole = acme()._replace(whole=frozenset({"Discount"}))
    added = live("Discount", 31, {"percentage": Decimal(15)}, client=7, marker=None)
    wanted = declare("Discount", "spring", {"client": "acme", "percentage": 15})
    world = PlanInputs(
        declared=(whole, wanted),
        objects=(client(), added),
        inventory=dict([remember(whole, client())]),
    )
    work = world.work()
    seen = replace(world, declared=applied_side(work).desired).snapshot()

    assert find_moves(work, seen).drifted == ()
