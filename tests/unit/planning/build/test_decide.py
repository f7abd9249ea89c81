from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.model.plan import Edit, Money
from reconciler.model.resource import Ignore, Lifecycle
from reconciler.model.value import Choice, Secret
from reconciler.planning.build.decide import (
    DecisionContext,
    decide_absent,
    decide_busy,
    decide_pair,
    is_history,
)
from reconciler.planning.match.pairing import How, Match
from tests.support.planning import TODAY, declare, kind_of, live, remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.plan import Change
    from reconciler.model.resource import Desired, Observed
    from reconciler.model.value import Value

TERMS = DecisionContext("shop", TODAY)
PRICE = Money(Decimal("37.20"), "EUR")
MAIN, OTHER = Choice("1", "Main"), Choice("2", "Other")
TARIFF = Choice("6", "VDS S")
ALL: frozenset[Choice] = frozenset()
RULE_FIELDS: Mapping[str, Value] = {"provider": MAIN, "rate": Decimal(20), "productTypes": ALL}
SERVICE = {"client": "acme", "type": "vds", "tariff": TARIFF, "domain": "a.example"}
SERVICE_FIELDS: Mapping[str, Value] = {"tariff": TARIFF, "domain": "a.example"}
WEB = "git:shop/web/1"


def _rule(**spec: object) -> Desired:
    return declare("TaxRule", "vat", {"client": "acme", "provider": MAIN, "rate": 20, **spec})


def _web(**spec: object) -> Desired:
    return declare("Service", "web", {**SERVICE, **spec})


def _service(marker: str | None = WEB, **fields: Value) -> Observed:
    found = {**SERVICE_FIELDS, **fields}
    return live("Service", 5, found, client=7, variant="vds", marker=marker)


def _decide(
    desired: Desired, observed: Observed, how: How = "inventory", terms: DecisionContext = TERMS
) -> list[Change]:
    return decide_pair(kind_of(desired.address.kind), Match(desired, observed, how), terms)


def _rate(**fields: Value) -> Observed:
    found: dict[str, Value] = {"base": MAIN, "relate": OTHER, "rate": Decimal(92), **fields}
    return live("CurrencyRate", 5, found, client=7)


def test_object_as_declared_is_kept() -> None:
    """Nothing to do is no change at all."""
    assert _decide(_rule(), live("TaxRule", 5, RULE_FIELDS, client=7)) == []


def test_difference_is_an_update_of_that_field() -> None:
    """It says what was, what shall be, where it is declared, and on what it rests."""
    observed = live("TaxRule", 5, {**RULE_FIELDS, "rate": Decimal(19)}, client=7)
    (change,) = _decide(_rule(), observed)

    assert (change.action, change.id) == ("update", "5")
    assert change.edits == (Edit("rate", Decimal(19), Decimal(20)),)
    assert change.classes == frozenset()
    assert change.source == _rule().source
    assert change.precondition.startswith("sha256:")


def test_difference_in_what_is_set_once_is_blocked_as_a_whole() -> None:
    """No other field is edited beside it, and the reason says what to do."""
    fields = {**RULE_FIELDS, "provider": OTHER, "rate": Decimal(19)}
    (change,) = _decide(_rule(), live("TaxRule", 5, fields, client=7))

    assert (change.action, change.edits) == ("blocked", ())
    assert change.reason.startswith("provider cannot change after creation")


def test_declared_field_that_the_panel_hides_is_blocked() -> None:
    """It could be changed, but never proved."""
    fields = {key: value for key, value in RULE_FIELDS.items() if key != "rate"}
    (change,) = _decide(_rule(), live("TaxRule", 5, fields, client=7))

    assert change.action == "blocked"
    assert "does not return rate" in change.reason


def test_field_that_is_left_alone_is_not_in_the_way() -> None:
    """Neither hidden nor different does it count, until its day is over."""
    observed = live("TaxRule", 5, {"provider": MAIN, "productTypes": ALL}, client=7)
    spared = _rule()._replace(lifecycle=Lifecycle(ignore=(Ignore("rate", "why", TODAY),)))
    over = Lifecycle(ignore=(Ignore("rate", "why", date(2026, 11, 20)),))

    assert _decide(spared, observed) == []
    assert _decide(spared._replace(lifecycle=over), observed)[0].action == "blocked"


def test_unmanaged_object_is_adopted_with_its_edits() -> None:
    """It is shown as such, and is a class of its own."""
    observed = live("TaxRule", 5, {**RULE_FIELDS, "rate": Decimal(19)}, client=7)
    (change,) = _decide(_rule(), observed, "identity", replace(TERMS, owned=False))

    assert change.action == "adopt"
    assert [edit.field for edit in change.edits] == ["rate"]
    assert change.classes == {"adopt"}


def test_unmanaged_object_is_adopted_even_as_declared() -> None:
    """Taking over is a change in itself: from now on it is ours to delete."""
    observed = live("TaxRule", 5, RULE_FIELDS, client=7)
    (change,) = _decide(_rule(), observed, "identity", replace(TERMS, owned=False))

    assert (change.action, change.edits) == ("adopt", ())


def test_no_adopt_forbids_adoption() -> None:
    """``--no-adopt`` blocks; what is owned already is not concerned."""
    observed = live("TaxRule", 5, {**RULE_FIELDS, "rate": Decimal(19)}, client=7)
    strict = replace(TERMS, owned=False, adopt=False)
    (change,) = _decide(_rule(), observed, "identity", strict)
    (ours,) = _decide(_rule(), observed, "identity", replace(strict, owned=True))

    assert change.action == "blocked"
    assert "--no-adopt" in change.reason
    assert ours.action == "update"


def test_adoption_that_cannot_reach_the_declared_state_is_blocked() -> None:
    """An object that another choice was made for at its creation is not taken over."""
    observed = live("TaxRule", 5, {**RULE_FIELDS, "provider": OTHER}, client=7)
    (change,) = _decide(_rule(), observed, "identity", replace(TERMS, owned=False))

    assert change.action == "blocked"


def test_adopted_object_gets_our_marker() -> None:
    """And so does one that lost it; one whose marker was not read is left as it is."""
    fields: dict[str, Value] = {"percentage": Decimal(10)}
    spring = declare("Discount", "spring", {"client": "acme", "percentage": 10})
    unmarked = live("Discount", 5, fields, client=7, marker=None)
    (change,) = _decide(spring, unmarked)

    assert change.edits == (Edit("marker", None, "git:shop/spring"),)
    assert _decide(spring, replace(unmarked, marker="git:shop/spring")) == []
    assert _decide(spring, replace(unmarked, marker="")) == []


def test_object_on_its_way_out_is_waited_for() -> None:
    """A deletion takes minutes; nothing is done to what is being deleted."""
    (change,) = _decide(_web(ip="10.0.0.1"), replace(_service(ip="10.0.0.2"), state="closing"))

    assert change.action == "blocked"
    assert "deleting the object" in change.reason


def test_secret_is_sent_again_when_its_label_changes() -> None:
    """A rotation is an edit without a before; the same label sends nothing."""
    raw = {"email": "a@b.example", "password": {"env": "A"}, "rotate": "2026-11"}
    desired = declare("Client", "acme", raw)
    observed = live("Client", 7, {"email": "a@b.example"})
    _, old = remember(desired, observed, rotations={"password": "2026-10"})
    _, new = remember(desired, observed, rotations={"password": "2026-11"})
    (change,) = _decide(desired, observed, "inventory", replace(TERMS, entry=old))

    assert change.edits == (Edit("password", None, Secret("env", ("A",))),)
    assert _decide(desired, observed, "inventory", replace(TERMS, entry=new)) == []
    assert _decide(desired, observed, "inventory", TERMS) == []


def test_label_without_a_secret_sends_nothing() -> None:
    """There is nothing to rotate."""
    desired = declare("Client", "acme", {"email": "a@b.example", "rotate": "2026-11"})
    observed = live("Client", 7, {"email": "a@b.example"})
    _, entry = remember(desired, observed)

    assert _decide(desired, observed, "inventory", replace(TERMS, entry=entry)) == []


def test_secret_without_a_label_is_never_sent_again() -> None:
    """It is write-only: no read shows whether it differs."""
    desired = declare("Client", "acme", {"email": "a@b.example", "password": {"env": "A"}})
    observed = live("Client", 7, {"email": "a@b.example"})
    _, entry = remember(desired, observed)

    assert _decide(desired, observed, "inventory", replace(TERMS, entry=entry)) == []


def test_change_of_the_template_reinstalls() -> None:
    """Erasing a disk is a class of its own."""
    before, after = Choice("d11", "Debian 11"), Choice("d12", "Debian 12")
    (change,) = _decide(_web(osTemplate=after), _service(osTemplate=before))

    assert change.action == "update"
    assert change.classes == {"reinstall"}


@pytest.mark.parametrize(
    ("pay", "classes", "money"), [("cart", set(), None), ("balance", {"charge"}, PRICE)]
)
def test_add_ons_charge_only_what_is_paid_from_the_balance(
    pay: str, classes: set[str], money: Money | None
) -> None:
    """From the cart it costs nothing until a person pays."""
    desired = _web(addons={"7": 6}, payFrom=pay)
    (change,) = _decide(
        desired, _service(addons={"7": "5"}), "inventory", replace(TERMS, price=PRICE)
    )

    assert change.edits == (Edit("addons.7", "5", "6"),)
    assert change.classes == classes
    assert change.money == money


def test_edit_that_costs_nothing_charges_nothing_no_matter_who_pays() -> None:
    """``payFrom: balance`` is about what costs money."""
    (change,) = _decide(_web(ip="10.0.0.1", payFrom="balance"), _service(ip="10.0.0.2"))

    assert (change.classes, change.money) == (frozenset(), None)


def test_add_on_that_the_form_does_not_offer_is_blocked() -> None:
    """The panel would ignore the parameter and charge for nothing."""
    desired = _web(addons={"7": 6, "99": 1}, payFrom="balance")
    (change,) = _decide(desired, _service(addons={"7": "5"}))

    assert change.action == "blocked"
    assert "addons" in change.reason


@pytest.mark.parametrize(
    ("wanted", "seen", "action"), [(True, False, "suspend"), (False, True, "resume")]
)
def test_switch_is_an_action_of_its_own(wanted: bool, seen: bool, action: str) -> None:  # noqa: FBT001 - columns of the table
    """It is no edit of the form."""
    (change,) = _decide(_web(suspended=wanted), _service(suspended=seen))

    assert change.action == action
    assert change.edits == (Edit("suspended", seen, wanted),)


def test_account_whose_status_is_a_number_is_switched_all_the_same() -> None:
    """Only an order waits to be paid: of an account, the code 1 says that it is on."""
    raw = {"client": "acme", "provider": MAIN, "currency": OTHER, "suspended": True}
    fields: Mapping[str, Value] = {"provider": MAIN, "currency": OTHER, "suspended": False}
    observed = replace(live("ClientAccount", 5, fields, client=7), notes={"status": "1"})
    (change,) = _decide(declare("ClientAccount", "eur", raw), observed)

    assert change.action == "suspend"


def test_edit_renewal_and_switch_are_three_changes() -> None:
    """Each has its own call, its own class and its own proof."""
    desired = _web(ip="10.0.0.1", suspended=True, paidThrough="2026-12-31", periodMonths=1)
    observed = _service(
        ip="10.0.0.2", suspended=False, paidThrough=date(2026, 12, 1), periodMonths=1
    )
    changes = _decide(desired, observed, "inventory", replace(TERMS, price=PRICE))

    assert sorted(c.action for c in changes) == ["renew", "suspend", "update"]
    assert {c.action: sorted(c.classes) for c in changes} == {
        "update": [],
        "suspend": [],
        "renew": ["charge"],
    }


@pytest.mark.parametrize("status", ["0_draft", "1_ordered"])
def test_order_that_waits_to_be_paid_shows_no_expiry_yet(status: str) -> None:
    """What a service does not show before it runs is not in the way."""
    desired = _web(paidThrough="2027-01-01", suspended=False, addons={"7": 5})
    waiting = replace(_service(addons={}), notes={"status": status})

    assert _decide(desired, waiting) == []
    assert _decide(desired, replace(waiting, notes={"status": "2"}))[0].action == "blocked"


def test_service_in_work_may_hide_what_it_will_show() -> None:
    """Its expiry and its switch come with the end of the work."""
    desired = _web(suspended=False, paidThrough="2027-06-01")

    assert _decide(desired, replace(_service(), state="busy")) == []
    assert _decide(desired, _service())[0].action == "blocked"


def test_order_that_waits_hides_nothing_that_can_be_edited() -> None:
    """An address is there from the first form on, or nothing could be proved of it."""
    waiting = replace(_service(), notes={"status": "1_ordered"})
    (change,) = _decide(_web(ip="10.0.0.1"), waiting)

    assert change.action == "blocked"


def test_order_that_waits_to_be_paid_is_neither_switched_nor_renewed() -> None:
    """Renewing it would pay for what nobody has paid yet."""
    desired = _web(suspended=True, paidThrough="2027-06-01", periodMonths=1)
    observed = _service(suspended=False, paidThrough=date(2026, 12, 1), periodMonths=1)

    assert _decide(desired, replace(observed, notes={"status": "1"})) == []
    assert len(_decide(desired, replace(observed, notes={"status": "2"}))) == 7


def test_service_in_work_is_neither_switched_nor_renewed() -> None:
    """The panel is busy with it: what is left is named, and waits for the next plan."""
    desired = _web(suspended=True, paidThrough="2027-06-01", periodMonths=1)
    observed = _service(suspended=False, paidThrough=date(2026, 12, 1), periodMonths=1)

    busy = replace(observed, state="busy")
    assert _decide(desired, busy) == []
    (change,) = decide_busy(kind_of("Service"), Match(desired, busy, "marker"), TERMS)
    assert change.action == "blocked"
    assert (
        "still processing the service; plan again afterwards: paidThrough, suspended"
        in change.reason
    )


def test_busy_service_is_not_reported_as_suspended() -> None:
    """While it is opened no switch is shown: it will be on, never off."""
    busy = replace(_service(), state="busy")

    on, off = (Match(_web(suspended=word), busy, "marker") for word in (False, True))
    assert decide_busy(kind_of("Service"), on, TERMS) == []
    assert [change.action for change in decide_busy(kind_of("Service"), off, TERMS)] == ["blocked"]


@pytest.mark.parametrize(
    ("day", "classes"),
    [("2026-11-20", {"history"}), ("2026-11-21", set()), ("2026-11-22", set())],
)
def test_rate_of_a_day_that_is_over_is_history(day: str, classes: set[str]) -> None:
    """To change it is to rewrite it; today's rate is not history yet."""
    raw = {"client": "acme", "base": MAIN, "relate": OTHER, "rate": 93, "date": day}
    (change,) = _decide(declare("CurrencyRate", "r", raw), _rate(date=date.fromisoformat(day)))

    assert change.classes == classes


def test_adopting_a_rate_as_it_is_rewrites_nothing() -> None:
    """It is taken over, and no value moves."""
    raw = {"client": "acme", "base": MAIN, "relate": OTHER, "rate": 92, "date": "2026-01-01"}
    desired = declare("CurrencyRate", "r", raw)
    observed = _rate(date=date(2026, 1, 1))
    (change,) = _decide(desired, observed, "identity", replace(TERMS, owned=False))

    assert change.classes == {"adopt"}


@pytest.mark.parametrize(("day", "classes"), [("2026-11-20", {"history"}), ("2026-11-21", set())])
def test_new_rate_for_a_day_that_is_over_is_history(day: str, classes: set[str]) -> None:
    """It changes what was valid then."""
    raw = {"client": "acme", "base": MAIN, "relate": OTHER, "rate": 93, "date": day}
    (change,) = decide_absent(kind_of("CurrencyRate"), declare("CurrencyRate", "r", raw), TERMS)

    assert change.action == "create"
    assert change.classes == classes


def test_rate_whose_day_is_not_known_counts_as_history() -> None:
    """A guard that cannot decide says no."""
    kind = kind_of("CurrencyRate")

    assert is_history(kind, {}, TODAY)
    assert is_history(kind, {"date": None}, TODAY)
    assert not is_history(kind_of("TaxRule"), {}, TODAY)


def test_create_shows_exactly_the_sent_fields() -> None:
    """What steers calls, and what follows once the object lives, is no edit."""
    desired = _web(ip="10.0.0.1", suspended=False, paidThrough="2027-01-01", generation=2)
    (change,) = decide_absent(kind_of("Service"), desired, TERMS)

    assert {edit.field: edit.before for edit in change.edits} == dict.fromkeys(
        ["tariff", "domain", "ip"]
    )


def test_order_into_the_cart_charges_nothing() -> None:
    """It says that it waits there, and renews nothing that nobody has paid."""
    desired = _web(paidThrough="2027-06-01", periodMonths=1)
    (change,) = decide_absent(kind_of("Service"), desired, replace(TERMS, price=PRICE))

    assert (change.classes, change.money) == (frozenset(), None)
    assert "cart" in change.reason


def test_order_from_the_balance_charges_and_is_renewed_as_far_as_declared() -> None:
    """The first period ends a period from today; the rest are renewals, one charge each."""
    desired = _web(payFrom="balance", paidThrough="2027-02-01", periodMonths=1)
    order, *renewals = decide_absent(kind_of("Service"), desired, replace(TERMS, price=PRICE))

    assert (order.action, order.money) == ("create", PRICE)
    assert order.classes == {"charge"}
    assert [c.edits[0].after for c in renewals] == [date(2027, 1, 21), date(2027, 2, 21)]
    assert {c.action for c in renewals} == {"renew"}


def test_new_thing_that_shall_be_off_is_switched_off_after_its_create() -> None:
    """Two changes at one address; the second costs nothing."""
    desired = _web(payFrom="balance", suspended=True)
    create, switch = decide_absent(kind_of("Service"), desired, replace(TERMS, price=PRICE))

    assert (create.action, switch.action) == ("create", "suspend")
    assert (switch.classes, switch.money) == (frozenset(), None)


def test_create_rests_on_absence() -> None:
    """Whatever appears in the meantime makes the plan stale."""
    (one,) = decide_absent(kind_of("TaxRule"), _rule(), TERMS)
    observed = live("TaxRule", 5, {**RULE_FIELDS, "rate": Decimal(19)}, client=7)
    (other,) = _decide(_rule(), observed)

    assert one.precondition
    assert one.precondition != other.precondition


def test_unread_field_does_not_block_before_the_form_is_read() -> None:
    """Unknown from a list alone is a reason to open the form, not to give up."""
    fields: Mapping[str, Any] = {"provider": MAIN, "productTypes": ALL}
    row = replace(live("TaxRule", 5, fields, client=7), from_form=False)

    assert _decide(_rule(), row) == []
