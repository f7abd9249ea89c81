"""Each call is written down with the fields that it brings about, and with no others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.mapping.encode import (
    CallContext,
    create_calls,
    delete_calls,
    renew_calls,
    switch_calls,
    update_calls,
)
from reconciler.model.address import parse_element_id
from reconciler.model.plan import Change, Edit
from reconciler.model.value import Choice, Secret
from reconciler.planning.carried_values import carried_values
from tests.support.planning import declare, kind_of, live

if TYPE_CHECKING:
    from reconciler.model.resource import Desired, Observed
    from reconciler.model.value import Value
    from reconciler.wire.call import Call

WEB = declare(
    "Service",
    "web",
    {
        "client": "acme",
        "type": "vds",
        "tariff": Choice("6", "VDS S"),
        "domain": "a.example",
        "periodMonths": 3,
    },
)


def _web(**fields: Value) -> Observed:
    return live("Service", 5, fields, client=7, variant="vds", marker="git:shop/web/1")


def _update(desired: Desired, observed: Observed, *edits: Edit) -> list[tuple[str, object]]:
    change = Change(desired.address, "update", edits=edits, desired=desired, observed=observed)
    kind = kind_of(desired.address.kind)
    calls = update_calls(kind, change, observed, CallContext("shop"))
    return [(call.func, carried_values(kind, change, call)) for call in calls]


def test_each_call_of_an_update_reports_its_own_fields() -> None:
    """The form, the groups and the add-ons go apart, and so do their values."""
    client = declare("Client", "acme", {"email": "info@acme.example"})
    old, new = Choice("1", "Old"), Choice("2", "New")
    edits = (
        Edit("realName", "Ann", "Bob"),
        Edit("groups", frozenset({old}), frozenset({new})),
        Edit("password", None, Secret("env", ("PASSWORD",))),
    )
    groups = {"groups": (["Old"], ["New"])}

    assert _update(client, live("Client", 7, {}), *edits) == [
        (
            "account.edit",
            {"realName": ("Ann", "Bob"), "password": (None, "(secret from env)")},
        ),
        ("account.group.resume", groups),
        ("account.group.suspend", groups),
    ]
    addon = Edit("addons.3", "1", "2")
    domain = Edit("domain", "a.example", "b.example")
    assert _update(WEB, _web(), addon, domain) == [
        ("vds.edit", {"domain": ("a.example", "b.example")}),
        ("vds.edit", {"addons.3": ("1", "2")}),
    ]


def test_removed_end_date_and_new_marker_are_reported() -> None:
    """What travels as a flag, or in the text of another field, is a value all the same."""
    spring = declare("Discount", "spring", {"client": "acme", "percentage": Decimal(10)})
    edits = (
        Edit("to", date(2026, 12, 31), None),
        Edit("marker", None, "git:shop/spring"),
    )

    ((_, values),) = _update(spring, live("Discount", 5, {}, client=7), *edits)

    assert values == {"to": ("2026-12-31", None), "marker": (None, "git:shop/spring")}


def test_order_reports_all_desired_fields() -> None:
    """An order's parameters bear names of the panel's; the fields are the manifest's."""
    edits = tuple(Edit(name, None, value) for name, value in WEB.fields.items())
    change = Change(WEB.address, "create", edits=edits, desired=WEB)
    kind = kind_of("Service")
    (call,) = create_calls(kind, WEB, CallContext("shop", None, "info@acme.example"))

    values = carried_values(kind, change, call)

    assert values["tariff"] == (None, "VDS S")
    assert values["periodMonths"] == (None, "3")
    assert values.keys() == WEB.fields.keys()


def _calls_of(change: Change, *calls: Call) -> list[object]:
    return [carried_values(kind_of(change.address.kind), change, call) for call in calls]


def test_renewal_switch_and_delete_tell_what_they_move_and_lose() -> None:
    """A renewal moves the date, a switch the state; a delete loses what the object held."""
    kind, observed = kind_of("Service"), _web(domain="a.example", suspended=False)
    edits = (
        Edit("paidThrough", date(2026, 1, 1), date(2026, 4, 1)),
        Edit("suspended", False, True),  # noqa: FBT003 - the values of an edit
    )
    change = Change(WEB.address, "update", edits=edits, desired=WEB, observed=observed)

    assert _calls_of(
        change,
        *renew_calls(kind, change, observed),
        *switch_calls(kind, observed, off=True),
        *delete_calls(kind, observed),
    ) == [
        {"paidThrough": ("2026-01-01", "2026-04-01")},
        {"suspended": (False, True)},
        {"domain": ("a.example", None), "suspended": (False, None)},
    ]
    assert parse_element_id("5") == observed.row_id


def test_function_of_a_hosters_own_list_and_the_one_for_all_types_carry_the_switch() -> None:
    """Whatever a panel calls it by, the journal says what was switched."""
    kind, own = kind_of("Service"), replace(_web(suspended=False), listed_in="vds.vps")
    edit = Edit("suspended", before=False, after=True)
    change = Change(WEB.address, "suspend", edits=(edit,), desired=WEB, observed=own)
    (call,) = switch_calls(kind, own, off=True)

    assert call.func == "vds.vps.suspend"
    for func in (call.func, "service.suspend"):
        assert carried_values(kind, change, replace(call, func=func)) == {
            "suspended": (False, True)
        }
