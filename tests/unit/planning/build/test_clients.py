"""Each change names its client, as far as anybody knows it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.model.plan import Client
from reconciler.model.value import Choice
from tests.support.planning import PlanInputs, acme, client, declare, live, remember

if TYPE_CHECKING:
    from reconciler.model.plan import Plan
    from reconciler.model.value import Fields

MAIN = Choice("1", "Main")
RULE: Fields = {"provider": MAIN, "rate": Decimal(19), "productTypes": frozenset[Choice]()}


def _clients(plan: Plan) -> dict[str, Client | None]:
    return {str(change.address): change.client for change in plan.changes}


def test_declared_child_names_the_client_of_its_manifest() -> None:
    """By the manifest's name, the panel's email and id."""
    vat = declare("TaxRule", "vat", {"client": "acme", "provider": MAIN, "rate": 20})
    world = PlanInputs(
        declared=(acme(), vat), objects=(client(), live("TaxRule", 5, RULE, client=7))
    )

    found = _clients(world.plan())["TaxRule/vat"]

    assert found is not None
    assert (found.name, found.id) == ("acme", "7")
    assert "@" in found.email


def test_child_of_a_new_client_names_it_without_an_id() -> None:
    """The email is the one that the manifest will set."""
    vat = declare("TaxRule", "vat", {"client": "acme", "provider": MAIN, "rate": 20})

    found = _clients(PlanInputs(declared=(acme(), vat), objects=()).plan())

    assert found["TaxRule/vat"] == found["Client/acme"]
    assert found["TaxRule/vat"] == Client("acme", str(acme().fields["email"]))


def test_deleted_child_of_an_undeclared_client_names_whom_the_panel_shows() -> None:
    """Whose discount is lost is known though Git no longer speaks of the client."""
    old = declare("TaxRule", "old", {"client": {"id": "7"}, "provider": MAIN, "rate": 19})
    seen = live("TaxRule", 5, RULE, client=7)
    kept = declare("TaxRule", "kept", {"client": {"id": "7"}, "provider": MAIN, "rate": 19})
    other = live("TaxRule", 6, {**RULE, "provider": MAIN}, client=7)
    world = PlanInputs(
        declared=(kept,),
        objects=(client(), seen, other),
        inventory=dict([remember(old, seen), remember(kept, other)]),
    )

    found = _clients(world.plan())["TaxRule/old"]

    assert found is not None
    assert found.id == "7"
    assert found.email
