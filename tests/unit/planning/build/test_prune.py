from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from reconciler.model.address import Address
from reconciler.model.resource import Lifecycle
from reconciler.model.value import Choice
from reconciler.planning.build.decide import DecisionContext
from reconciler.planning.build.prune import (
    NOT_DECLARED,
    NOT_LISTED,
    UNKNOWN_TO_GIT,
    decide_removed,
    undeclared,
)
from tests.support.planning import TODAY, declare, kind_of, live, remember

if TYPE_CHECKING:
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.plan import Change
    from reconciler.model.reason import Reason
    from reconciler.model.resource import Observed, OnRemove
    from reconciler.model.value import Fields, Value

RULE = live("TaxRule", 5, {"provider": Choice("1", "Main"), "productTypes": frozenset()}, client=7)
VAT = declare("TaxRule", "vat", {"client": "acme", "provider": Choice("1", "Main")})


def _entry(on_remove: OnRemove = "delete", *, protect: bool = False) -> InventoryEntry:
    return remember(VAT._replace(lifecycle=Lifecycle(on_remove, protect=protect)), RULE)[1]


def _removed(
    observed: Observed,
    *,
    owned: bool = False,
    entry: InventoryEntry | None = None,
    why: Reason = NOT_DECLARED,
) -> Change | None:
    kind = kind_of(observed.scope.kind)
    terms = DecisionContext("shop", TODAY, owned=owned, entry=entry)
    return decide_removed(kind, Address(kind.name, "old"), observed, terms, why=why)


def _service(**fields: Value) -> Observed:
    return live("Service", 5, {"domain": "a.example", **fields}, client=7, variant="vds")


def test_object_that_is_not_owned_is_left_alone() -> None:
    """Neither remembered, nor marked, nor in a list that is declared whole."""
    assert _removed(RULE) is None


def test_managed_object_is_deleted_with_a_reason() -> None:
    """With its class, its id, and a precondition over all that its form shows."""
    change = _removed(RULE, entry=_entry())

    assert change is not None
    assert (change.action, change.id) == ("delete", "5")
    assert change.classes == {"delete"}
    assert change.reason == "managed, removed from the manifests"
    assert change.precondition


@pytest.mark.parametrize("why", [NOT_DECLARED, NOT_LISTED])
def test_protected_object_is_never_deleted(why: Reason) -> None:
    """Not by the end of its manifest, nor by a list that does not have it."""
    change = _removed(RULE, entry=_entry(protect=True), owned=True, why=why)

    assert change is not None
    assert change.action == "blocked"
    assert "protected" in change.reason


def test_object_that_shall_be_kept_is_kept() -> None:
    """As its manifest said while it was there."""
    assert _removed(RULE, entry=_entry("keep")) is None


def test_undeclared_list_item_follows_its_on_remove_or_its_kinds() -> None:
    """Absence from a list deletes no more than what a missing manifest would."""
    change = _removed(RULE, owned=True, why=UNKNOWN_TO_GIT)

    assert change is not None
    assert change.action == "delete"
    assert change.classes == {"delete", "prune"}
    assert _removed(RULE, entry=_entry("keep"), owned=True, why=NOT_LISTED) is None
    assert _removed(_service(), owned=True, why=UNKNOWN_TO_GIT) is None


def test_marked_object_outside_the_inventory_ends_as_its_kind_does() -> None:
    """A discount goes, a service stays."""
    discount = live("Discount", 5, {}, client=7, marker="git:shop/old")
    change = _removed(discount, owned=True)

    assert change is not None
    assert change.action == "delete"
    assert _removed(_service(), owned=True) is None


def test_service_may_be_switched_off_for_good() -> None:
    """Once it is off, nothing is left to do."""
    entry = _entry("suspend")
    change = _removed(_service(suspended=False), entry=entry)

    assert change is not None
    assert change.action == "suspend"
    assert change.classes == frozenset()
    assert [(e.field, e.after) for e in change.edits] == [("suspended", True)]
    assert _removed(_service(suspended=True), entry=entry) is None


def test_order_that_waits_in_the_cart_cannot_be_switched_off() -> None:
    """A person takes it out of the cart; to suspend it again and again would change nothing."""
    waiting = replace(_service(suspended=False), notes={"status": "0"})
    change = _removed(waiting, entry=_entry("suspend"))

    assert change is not None
    assert (change.action, "in the cart" in change.reason) == ("blocked", True)


def test_object_that_the_panel_cannot_delete_is_blocked() -> None:
    """An account holds a balance: there is no function for it."""
    account = live("ClientAccount", 5, {}, client=7)
    change = _removed(account, entry=_entry("delete"), owned=True, why=NOT_LISTED)

    assert change is not None
    assert change.action == "blocked"


@pytest.mark.parametrize(
    ("day", "history"), [(date(2026, 11, 20), True), (date(2026, 11, 21), False), (None, True)]
)
def test_deleting_a_rate_of_a_day_that_is_over_rewrites_history(
    day: date | None,
    history: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """And so does deleting one whose day cannot be read."""
    fields: dict[str, Value] = {"date": day} if day else {}
    rate = live("CurrencyRate", 5, fields, client=7)
    change = _removed(rate, entry=_entry("delete"), owned=True, why=NOT_LISTED)

    assert change is not None
    assert ("history" in change.classes) is history


def test_precondition_of_a_delete_covers_undeclared_fields() -> None:
    """What a person wrote into the object since the plan is a reason to look again."""
    one = _removed(RULE, entry=_entry())
    other = _removed(replace(RULE, fields={**RULE.fields, "rate": 5}), entry=_entry())

    assert one is not None
    assert other is not None
    assert one.precondition != other.precondition


def test_kept_object_is_reported_with_its_values() -> None:
    """No list or mapping in the words of a programming language."""
    fields: Fields = {
        "addons": {"ip": "2"},
        "ip": frozenset({Choice("1", "192.0.2.1"), Choice("2", "192.0.2.2")}),
        "suspended": False,
        "username": "",
    }
    whole = declare("Client", "acme", {"email": "pay@acme.example"})

    finding = undeclared(Address("Service", "old"), _service(**fields), whole)

    assert finding.message == (
        "Service/old: id 5 of Client/acme is in no manifest and is kept (addons {ip: 2}, domain "
        "a.example, ip [192.0.2.1, 192.0.2.2], suspended false); declare it, or delete it in the "
        "panel"
    )
