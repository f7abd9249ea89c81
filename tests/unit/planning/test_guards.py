from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, get_args

import pytest

from reconciler.model.address import Address, ElementId
from reconciler.model.finding import Source
from reconciler.model.plan import Action, Change, ChangeClass, Edit, Money, Plan
from reconciler.model.resource import Desired, Observed, Scope
from reconciler.model.target import Guards
from reconciler.planning.guards import ApplyBudget, GuardReview, check_guards
from tests.support.planning import CATALOGUE, TARGET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model.value import Fields, Value

FREE = Guards(max_deletes=None)
EVERYTHING: tuple[ChangeClass, ...] = get_args(ChangeClass)
NO_CONSENT: frozenset[ChangeClass] = frozenset()


def _plan(changes: Iterable[Change], keeps: int = 0) -> Plan:
    return Plan(TARGET, tuple(changes), keeps, (), "", {})


def _many(action: Action, count: int) -> list[Change]:
    edits = (Edit("rate", Decimal(19), Decimal(20)),) if action in {"update", "adopt"} else ()
    return [Change(Address("TaxRule", f"{action}-{n}"), action, edits) for n in range(count)]


def _charge(amount: str | None, currency: str = "EUR", name: str = "web") -> Change:
    money = Money(Decimal(amount) if amount else None, currency)
    return Change(Address("Service", name), "create", classes=frozenset({"charge"}), money=money)


def _rate(before: Value, after: Value, action: Action = "update") -> Change:
    return Change(Address("CurrencyRate", "r"), action, (Edit("rate", before, after),))


def _row(fields: Fields) -> Observed:
    return Observed(Scope("CurrencyRate", "", ElementId("7")), ElementId("5"), fields)


def _review(
    changes: Iterable[Change], guards: Guards = FREE, *allow: ChangeClass, keeps: int = 0
) -> GuardReview:
    return check_guards(_plan(changes, keeps), guards, frozenset(allow), CATALOGUE)


def test_harmless_plan_passes() -> None:
    """Within the guards, and without a class that has to be said aloud."""
    changes = [*_many("create", 99), *_many("update", 1), *_many("delete", 10)]

    assert _review(changes, Guards()).passes


@pytest.mark.parametrize(("count", "passes"), [(10, True), (11, False)])
def test_deletes_are_counted(count: int, passes: bool) -> None:  # noqa: FBT001 - a column of the table
    """Ten by default; the word that lifts the guard is named."""
    found = _review(_many("delete", count), Guards())

    assert found.passes is passes
    assert passes or "--allow delete" in found.refusals[0]
    assert _review(_many("delete", count), Guards(), "delete").passes


@pytest.mark.parametrize(("keeps", "passes"), [(8, True), (7, False)])
def test_deletes_are_a_share_of_what_there_is(keeps: int, passes: bool) -> None:  # noqa: FBT001 - likewise
    """Creates make no share smaller: they are not there yet."""
    guards = Guards(max_delete_share=Decimal("0.2"))
    changes = [*_many("delete", 2), *_many("create", 50)]

    assert _review(changes, guards, keeps=keeps).passes is passes


@pytest.mark.parametrize("action", ["update", "adopt"])
@pytest.mark.parametrize(("keeps", "passes"), [(2, True), (1, False)])
def test_updates_are_a_share_of_what_there_is(
    action: Action,
    keeps: int,
    passes: bool,  # noqa: FBT001 - likewise
) -> None:
    """An adoption that edits is an update; no consent lifts this one."""
    guards = Guards(max_update_share=Decimal("0.5"))
    changes = _many(action, 2)

    assert _review(changes, guards, *EVERYTHING, keeps=keeps).passes is passes


def test_adoption_without_edits_does_not_count_as_update() -> None:
    """Nothing in the panel changes."""
    changes = [Change(Address("TaxRule", "a"), "adopt", classes=frozenset({"adopt"}))]

    assert _review(changes, Guards(max_update_share=Decimal(0))).passes


def test_adoptions_that_set_our_marker_alone_are_no_updates() -> None:
    """However many there are: no value of anybody's is overwritten."""
    mark = Edit("marker", None, "git:shop/x")
    changes = [
        Change(Address("Discount", f"d{n}"), "adopt", edits=(mark,), classes=frozenset({"adopt"}))
        for n in range(9)
    ]

    assert _review(changes, Guards(max_update_share=Decimal(0))).passes


@pytest.mark.parametrize(
    ("charges", "passes"),
    [
        ([("300", "EUR"), ("200", "EUR")], True),
        ([("300", "EUR"), ("200.01", "EUR")], False),
        ([("300", "EUR"), ("300", "USD")], True),
        ([("1", "RUB")], False),
        ([("1", "")], False),
        ([(None, "EUR")], False),
        ([("600", "EUR"), ("-200", "EUR")], False),
        ([("-1", "EUR")], False),
        ([], True),
    ],
)
def test_charges_are_summed_by_currency(
    charges: list[tuple[str | None, str]],
    passes: bool,  # noqa: FBT001 - likewise
) -> None:
    """A currency without a bound, a price that is not given, money that comes back: all refused."""
    guards = Guards(max_charge={"EUR": Decimal(500), "USD": Decimal(300)})
    changes = [_charge(amount, unit, f"w{n}") for n, (amount, unit) in enumerate(charges)]

    assert _review(changes, guards, "charge").passes is passes


@pytest.mark.parametrize(
    ("taken", "unit", "passes"),
    [("40", "EUR", True), ("61", "EUR", False), ("40", "USD", False), ("0", "EUR", True)],
)
def test_charge_limit_counts_charges_already_made(
    taken: str,
    unit: str,
    passes: bool,  # noqa: FBT001 - likewise
) -> None:
    """A tax on top of every price spends more than was planned: the next charge has less left."""
    first, second = _charge("40", name="one"), _charge("40", name="two")
    guards = Guards(max_charge={"EUR": Decimal(100)})
    allowance = ApplyBudget(_plan([first, second]), guards, frozenset({"charge"}), CATALOGUE)

    assert allowance.admit(first) == ()
    allowance.correct(first, Money(Decimal(taken), unit))

    assert (allowance.admit(second) == ()) is passes
    assert allowance.admit(*_many("create", 1)) == ()


@pytest.mark.parametrize("name", ["charge", "reinstall", "history"])
def test_dangerous_classes_need_consent(name: ChangeClass) -> None:
    """Each of them by its own word, and by no other."""
    change = Change(Address("Service", "web"), "update", classes=frozenset({name}))
    found = _review([change], FREE, *(other for other in EVERYTHING if other != name))

    assert [f"--allow {name}" in text for text in found.consents] == [True]
    assert found.refusals == ()
    assert _review([change], FREE, name).passes


def test_consent_is_asked_for_once() -> None:
    """Three renewals of one service are one question."""
    changes = [_charge("1")] * 3

    assert len(_review(changes, FREE).consents) == 1


def test_blocked_changes_need_no_consent() -> None:
    """It will not be done."""
    change = Change(Address("Service", "web"), "blocked", classes=frozenset({"reinstall"}))

    assert _review([change]).passes


@pytest.mark.parametrize(
    ("before", "after", "passes"),
    [
        (Decimal(100), Decimal(120), True),
        (Decimal(100), Decimal("120.01"), False),
        (Decimal(100), Decimal(80), True),
        (Decimal(100), Decimal("79.99"), False),
        (Decimal(0), Decimal(1), False),
        (None, Decimal(1), False),
    ],
)
def test_rate_moves_within_its_bound(before: Value, after: Value, passes: bool) -> None:  # noqa: FBT001 - likewise
    """Both ways; a move from nothing cannot be judged, and is refused."""
    guards = Guards(max_deletes=None, max_rate_move=Decimal("0.2"))

    assert _review([_rate(before, after)], guards).passes is passes
    assert _review([_rate(before, after)], guards, "history").passes
    assert _review([_rate(before, after)], FREE).passes


@pytest.mark.parametrize(
    ("rate", "amount", "passes"),
    [("1.2", "1", True), ("1.21", "1", False), ("120", "100", True), ("1", "100", False)],
)
def test_rate_for_so_many_units_moves_within_its_bound(
    rate: str,
    amount: str,
    passes: bool,  # noqa: FBT001 - likewise
) -> None:
    """What is bounded is the rate of one unit, whichever of the two numbers was edited."""
    old = {"rate": Decimal(1), "amount": Decimal(1)}
    edits = (
        Edit("rate", Decimal(1), Decimal(rate)),
        Edit("amount", Decimal(1), Decimal(amount)),
    )
    change = replace(_rate(Decimal(1), Decimal(rate)), observed=_row(old), edits=edits)

    assert _review([change], Guards(max_rate_move=Decimal("0.2"))).passes is passes


@pytest.mark.parametrize(("rate", "passes"), [("1.2", True), ("5", False)])
def test_new_rate_moves_within_its_bound(rate: str, passes: bool) -> None:  # noqa: FBT001 - likewise
    """A dated row is how rates move: the one that it takes over from bounds it."""
    address = Address("CurrencyRate", "next")
    desired = Desired(address, {"rate": Decimal(rate), "amount": Decimal(1)}, Source("a"))
    row = _row({"rate": Decimal(1), "amount": Decimal(1)})
    change = Change(address, "create", desired=desired, precedent=row.fields)

    assert _review([change], Guards(max_rate_move=Decimal("0.2"))).passes is passes
    assert _review([replace(change, precedent=None)], Guards(max_rate_move=Decimal("0.2"))).passes


@pytest.mark.parametrize(
    ("units", "rate", "passes"),
    [("100", "110", False), ("100", "1.2", True), ("1", "110", True), (None, "110", False)],
)
def test_new_rate_is_for_one_unit_where_it_does_not_say(
    units: str | None,
    rate: str,
    passes: bool,  # noqa: FBT001 - likewise
) -> None:
    """The row before it says nothing of how many units a new one is for; and may not be given."""
    address = Address("CurrencyRate", "next")
    old: dict[str, Value] = {"rate": Decimal(110)}
    row = _row(old if units is None else old | {"amount": Decimal(units)})
    desired = Desired(address, {"rate": Decimal(rate)}, Source("a"))
    change = Change(address, "create", desired=desired, precedent=row.fields)

    assert _review([change], Guards(max_rate_move=Decimal("0.2"))).passes is passes


def test_bound_on_a_rate_is_for_rates_of_currencies_alone() -> None:
    """A tax rate may well go from 7 to 19."""
    change = Change(Address("TaxRule", "vat"), "update", (Edit("rate", Decimal(7), Decimal(19)),))

    assert _review([change], Guards(max_rate_move=Decimal("0.2"))).passes


def test_all_refusals_are_reported_together() -> None:
    """Who mends one would run into the next."""
    guards = Guards(max_deletes=1, max_update_share=Decimal(0), max_charge={"EUR": Decimal(1)})
    changes = [*_many("delete", 2), *_many("update", 2), _charge("5")]

    assert len(check_guards(_plan(changes), guards, NO_CONSENT, CATALOGUE).refusals) == 3
