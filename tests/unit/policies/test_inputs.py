from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

from reconciler.model.address import Address
from reconciler.model.finding import Source
from reconciler.model.plan import Action, Change, ChangeClass, Edit, Money, Plan
from reconciler.model.policy import VARIABLES
from reconciler.model.resource import Ignore, Lifecycle
from reconciler.model.value import Choice, Secret
from reconciler.policies.inputs import change_facts, plan_facts
from tests.support.planning import TARGET, PlanInputs, acme, client, declare, live

if TYPE_CHECKING:
    from collections.abc import Mapping

SPRING = {"client": "acme", "percentage": 15, "priority": 5, "to": "2027-03-01"}
CHARGE: frozenset[ChangeClass] = frozenset({"charge"})


def facts_of(*declared: Any, there: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the facts of the one change to a discount."""
    objects = [client()]
    if there is not None:
        objects.append(live("Discount", 1, there, client=7, marker="git:shop/spring"))
    plan = PlanInputs(declared=(acme(), *declared), objects=tuple(objects)).plan()
    (change,) = [each for each in plan.changes if each.address.kind == "Discount"]
    return change_facts(change)


def paid(name: str, amount: str | None, currency: str = "EUR") -> Change:
    """Return a change that charges money."""
    money = Money(Decimal(amount) if amount else None, currency)
    return Change(Address("Service", name), "create", classes=CHARGE, money=money)


def test_creation_holds_nothing_before_and_all_after() -> None:
    """Numbers are numbers, dates are texts, and what is declared is there."""
    facts = facts_of(declare("Discount", "spring", SPRING, labels={"team": "emea"}))

    assert facts["address"] == "Discount/spring"
    assert (facts["kind"], facts["name"], facts["action"]) == ("Discount", "spring", "create")
    assert (facts["id"], facts["parent"]) == ("", "Client/acme")
    assert facts["labels"] == {"team": "emea"}
    assert facts["before"] == {}
    assert facts["after"]["percentage"] == 15.0
    assert type(facts["after"]["percentage"]) is float
    assert facts["after"]["to"] == "2027-03-01"
    assert facts["edits"]["percentage"] == {"before": None, "after": 15.0}
    assert facts["source"] == {"file": "manifests/shop.yaml", "line": 1}
    assert facts["charge"] == {}


def test_policy_input_of_an_update_has_all_fields() -> None:
    """A rule about a field holds whether or not the plan touches it."""
    there = {"percentage": Decimal(10), "priority": 5, "to": date(2027, 3, 1)}
    facts = facts_of(declare("Discount", "spring", SPRING), there=there)

    assert facts["action"] == "update"
    assert facts["id"] == "1"
    assert facts["edits"] == {"percentage": {"before": 10.0, "after": 15.0}}
    assert facts["before"] == {"percentage": 10.0, "priority": 5, "to": "2027-03-01"}
    assert facts["after"] == {"percentage": 15.0, "priority": 5, "to": "2027-03-01"}


def test_policy_input_keeps_unchanged_fields() -> None:
    """What the manifest ignores will not be as the manifest says."""
    ignoring = Lifecycle(ignore=(Ignore("priority", "sales haggle"),))
    declared = declare("Discount", "spring", SPRING, lifecycle=ignoring)
    there = {"percentage": Decimal(10), "priority": 9, "to": date(2027, 3, 1)}

    assert facts_of(declared, there=there)["after"]["priority"] == 9


def test_deletion_leaves_nothing_after() -> None:
    """What is deleted holds its last values before, and none after."""
    facts = facts_of(there={"percentage": Decimal("12.5")})

    assert facts["action"] == "delete"
    assert facts["before"]["percentage"] == 12.5
    assert facts["after"] == {}
    assert facts["parent"] == "7"
    assert facts["classes"] == ["delete"]
    assert facts["source"] == {"file": "", "line": 0}


def test_choice_that_is_as_declared_shows_as_it_was_declared() -> None:
    """The panel may hold an id alone; a rule compares with the word that the author wrote."""
    declared = declare("Discount", "spring", {"client": "acme", "type": "Percentage discount"})
    seen = live("Discount", 1, {"type": Choice(id="4")}, client=7)
    change = Change(declared.address, "update", desired=declared, observed=seen)

    assert change_facts(change)["before"]["type"] == "{id: 4}"
    assert change_facts(change)["after"]["type"] == "Percentage discount"


def test_secret_shows_where_it_comes_from_and_no_more() -> None:
    """Neither its text nor the name of its source is a fact."""
    edits = (Edit("password", None, Secret("env", ("HIDDEN_NAME",))),)
    facts = change_facts(Change(Address("Client", "acme"), "update", edits))

    assert facts["after"] == {"password": "(secret from env)"}
    assert "HIDDEN_NAME" not in str(facts)


def test_charge_of_unknown_amount_has_no_amount() -> None:
    """So that comparing it cannot be judged, which counts as violated."""
    assert change_facts(paid("web", "37.20"))["charge"] == {"currency": "EUR", "amount": 37.2}
    assert change_facts(paid("web", None))["charge"] == {"currency": "EUR"}


def test_plan_is_counted_and_summed_exactly() -> None:
    """Ten times ten cents are one euro, and every action has its count."""
    changes = [
        *(paid(f"a{number}", "0.10") for number in range(10)),
        paid("b", "5", "USD"),
        paid("c", None),
        Change(Address("TaxRule", "vat"), "delete"),
    ]
    plan = Plan(TARGET, tuple(changes), 0, (), "", {}, declared=40)

    facts = plan_facts(plan, changes)

    assert facts["charges"] == {"EUR": 1.0, "USD": 5.0}
    assert facts["unknownCharges"] == 1
    assert facts["resources"] == 40
    assert set(facts["counts"]) == set(get_args(Action))
    assert (facts["counts"]["create"], facts["counts"]["delete"]) == (12, 1)
    assert facts["changes"][-1] == change_facts(changes[-1])


def test_every_variable_of_a_change_and_of_a_plan_is_a_fact() -> None:
    """The reference promises nothing that is not there."""
    plan = Plan(TARGET, (), 0, (), "", {})
    change = Change(Address("TaxRule", "vat"), "delete", source=Source("a.yaml", 3))
    facts = {"change": change_facts(change), "plan": plan_facts(plan, [])}

    for subject, variables in VARIABLES.items():
        named = {each.name.split(".")[1] for each in variables if each.name.startswith(subject)}
        assert set(facts[subject]) == named
