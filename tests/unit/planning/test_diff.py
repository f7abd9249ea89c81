from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.model.plan import Edit
from reconciler.model.resource import Ignore, Lifecycle
from reconciler.model.value import Choice, Ref
from reconciler.planning.diff import compare, same
from tests.support.planning import TODAY, declare, kind_of, live

if TYPE_CHECKING:
    from reconciler.model.value import Value

A, B, C = Choice("1", "A"), Choice("2", "B"), Choice("3", "C")
SERVICE = {"client": "acme", "type": "vds", "tariff": A, "domain": "a.example"}


@pytest.mark.parametrize(
    ("kind", "field", "wanted", "seen", "verdict"),
    [
        ("TaxRule", "rate", Decimal("20.00"), Decimal(20), True),
        ("TaxRule", "rate", Decimal(20), Decimal(19), False),
        ("TaxRule", "provider", A, A, True),
        ("TaxRule", "provider", A, B, False),
        ("TaxRule", "provider", Choice("1"), Choice(None, "A"), None),
        ("TaxRule", "provider", A, None, False),
        ("TaxRule", "productTypes", frozenset({A, B}), frozenset({B, A}), True),
        ("TaxRule", "productTypes", frozenset({A}), frozenset({A, B}), False),
        ("TaxRule", "productTypes", frozenset(), frozenset({A}), False),
        ("TaxRule", "productTypes", frozenset({Choice("1")}), frozenset({Choice(None, "A")}), None),
        # A client's form shows all providers where one was chosen at registration.
        ("Client", "provider", A, frozenset({B, C, A}), True),
        ("Client", "provider", A, frozenset({B, C}), False),
        ("Client", "provider", Choice("1"), frozenset({B, Choice(None, "A")}), None),
        ("Client", "email", "Info@ACME.example", "info@acme.example", True),
        ("Client", "note", " a note ", "a note", True),
        ("Client", "note", "A note", "a note", False),
        ("Client", "note", "one \ntwo", "one\r\ntwo\r\n", True),
        ("Client", "note", "Zoe\u0308", "Zo\u00eb", True),
        ("Client", "note", "a  note", "a note", False),
        ("Client", "country", Choice(None, "Co\u0302te"), Choice("5", "C\u00f4te"), True),
        ("Client", "note", "", "a note", False),
        ("Client", "excludeFromStatistics", True, False, False),
        ("Discount", "to", None, None, True),
        ("Discount", "to", None, date(2026, 1, 1), False),
        ("Discount", "to", date(2026, 1, 1), None, False),
        ("Discount", "to", date(2026, 1, 1), date(2026, 1, 1), True),
        ("Service", "autoRenewMonths", None, 1, False),
        ("Service", "autoRenewMonths", None, None, True),
        ("Service", "autoRenewMonths", 12, 12, True),
        ("Service", "paidThrough", date(2026, 1, 1), date(2026, 1, 1), True),
        ("Service", "paidThrough", date(2026, 1, 1), date(2026, 6, 1), True),
        ("Service", "paidThrough", date(2026, 6, 1), date(2026, 1, 1), False),
        ("Service", "paidThrough", date(2026, 6, 1), None, False),
        ("Service", "addons", {"7": "5"}, {"7": "5.0", "9": "on"}, True),
        ("Service", "addons", {"7": "ON"}, {"7": "on"}, True),
        ("Service", "addons", {"7": "5"}, {"7": "6"}, False),
        ("Service", "addons", {"7": "5"}, {"9": "on"}, None),
        ("Service", "addons", {}, {"9": "on"}, True),
        ("ClientAccount", "referredBy", Ref("Client", "id", "7"), Ref("Client", "id", "7"), True),
        ("ClientAccount", "referredBy", Ref("Client", "id", "7"), Ref("Client", "id", "8"), False),
        ("ClientAccount", "referredBy", Ref("Client", "id", "7"), None, False),
        ("ClientAccount", "referredBy", Ref("Client", "name", "x"), Ref("Client", "id", "8"), None),
        ("ClientAccount", "creditLimit", Decimal("150.0"), Decimal("150.00"), True),
    ],
)  # fmt: skip
def test_wanted_and_live_are_compared_by_value(
    kind: str,
    field: str,
    wanted: Value,
    seen: Value,
    verdict: bool | None,  # noqa: FBT001 - a column of the table
) -> None:
    """Equal, different, or unknown; spelling never counts."""
    assert same(kind_of(kind).by_name[field], wanted, seen) is verdict


def test_difference_is_an_edit_with_both_sides() -> None:
    """What was and what shall be."""
    desired = declare("TaxRule", "vat", {"client": "acme", "provider": A, "rate": 20})
    observed = live("TaxRule", 5, {"provider": A, "rate": Decimal(19), "productTypes": frozenset()})
    found = compare(kind_of("TaxRule"), desired, observed, TODAY)

    assert found.edits == (Edit("rate", Decimal(19), Decimal(20)),)
    assert found.unknown == ()


def test_ambiguous_option_is_unknown() -> None:
    """An id against a mere label is neither an edit nor as declared."""
    desired = declare("TaxRule", "vat", {"client": "acme", "provider": {"id": "1"}})
    observed = live("TaxRule", 5, {"provider": Choice(None, "A"), "productTypes": frozenset()})
    found = compare(kind_of("TaxRule"), desired, observed, TODAY)

    assert (found.edits, found.unknown) == ((), ("provider",))


def test_local_field_is_not_compared() -> None:
    """Notifications, secrets and what steers calls have no live side."""
    raw = {
        "email": "a@b.example",
        "password": {"env": "A"},
        "rotate": "1",
        "onCreate": {"notify": True},
    }
    desired = declare("Client", "acme", raw)
    found = compare(kind_of("Client"), desired, live("Client", 5, {"email": "a@b.example"}), TODAY)

    assert (found.edits, found.unknown) == ((), ())


@pytest.mark.parametrize(
    ("until", "counts"),
    [
        (None, False),
        (date(2026, 11, 22), False),
        (date(2026, 11, 21), False),
        (date(2026, 11, 20), True),
    ],
)
def test_exception_holds_through_its_last_day(until: date | None, *, counts: bool) -> None:
    """A field is left alone until its day is over, and then counts again."""
    lifecycle = Lifecycle(ignore=(Ignore("rate", "the accountant's", until),))
    raw = {"client": "acme", "provider": A, "rate": 20}
    desired = declare("TaxRule", "vat", raw, lifecycle=lifecycle)
    observed = live("TaxRule", 5, {"provider": A, "rate": Decimal(19), "productTypes": frozenset()})
    found = compare(kind_of("TaxRule"), desired, observed, TODAY)

    assert [edit.field for edit in found.edits] == (["rate"] if counts else [])


def test_field_that_is_left_alone_is_not_even_unknown() -> None:
    """What the panel hides of it does no harm."""
    lifecycle = Lifecycle(ignore=(Ignore("rate", "hidden from us"),))
    raw = {"client": "acme", "provider": A, "rate": 20}
    desired = declare("TaxRule", "vat", raw, lifecycle=lifecycle)
    observed = live("TaxRule", 5, {"provider": A, "productTypes": frozenset()})

    assert compare(kind_of("TaxRule"), desired, observed, TODAY).unknown == ()


def test_each_add_on_is_an_edit_of_its_own() -> None:
    """Only those that differ, by their numbers."""
    desired = declare("Service", "web", {**SERVICE, "addons": {"7": 5, "9": "on", "11": 512}})
    addons = {"7": "6", "9": "on", "11": "512.0", "13": "1"}
    observed = live("Service", 5, {"tariff": A, "domain": "a.example", "addons": addons})
    found = compare(kind_of("Service"), desired, observed, TODAY)

    assert found.edits == (Edit("addons.7", "6", "5"),)
    assert found.unknown == ()


def test_add_on_that_the_panel_does_not_show_is_unknown_beside_one_that_differs() -> None:
    """A charge for something that the form does not offer could never be proved."""
    desired = declare("Service", "web", {**SERVICE, "addons": {"7": 5, "99": 1}})
    observed = live("Service", 5, {"tariff": A, "domain": "a.example", "addons": {"7": "6"}})
    found = compare(kind_of("Service"), desired, observed, TODAY)

    assert found.edits == (Edit("addons.7", "6", "5"),)
    assert found.unknown == ("addons",)


@pytest.mark.parametrize(
    ("kind", "field", "wanted", "live", "equal"),
    [
        ("Discount", "periods", frozenset(), None, True),
        ("Discount", "note", "", None, True),
        ("Discount", "to", None, "", True),
        ("Client", "excludeFromStatistics", False, None, False),
        ("Discount", "priority", 0, None, False),
        ("Discount", "periods", frozenset(), frozenset({Choice("1", "1 month")}), False),
    ],
)
def test_none_of_one_sort_is_none_of_another(
    kind: str, field: str, wanted: Value, live: Value, *, equal: bool
) -> None:
    """No text, no day, no option are all none; off and nought are values."""
    assert same(kind_of(kind).by_name[field], wanted, live) is equal
