from __future__ import annotations

from reconciler.model.address import Address
from reconciler.model.plan import Action, Change
from reconciler.planning.build.ordering import topological_order, with_dependencies
from tests.support.planning import acme, client, declare, live


def _change(action: Action, kind: str, name: str, *needs: str) -> Change:
    return Change(
        Address(kind, name), action, depends_on=tuple(Address("Client", need) for need in needs)
    )


def _said(changes: tuple[Change, ...]) -> list[str]:
    return [f"{change.action} {change.address}" for change in changes]


def test_safe_changes_come_before_irreversible_ones() -> None:
    """Blocked first, so that it is seen; deletes last, when all else has worked."""
    actions: tuple[Action, ...] = (
        *("delete", "suspend", "renew", "resume", "create", "update", "blocked"),
    )
    found = topological_order(
        [_change(action, "Service", f"n{n}") for n, action in enumerate(actions)]
    )

    assert [change.action for change in found] == list(reversed(actions))


def test_need_outranks_the_rank() -> None:
    """A child's update comes after its parent's create."""
    found = topological_order(
        [_change("update", "Discount", "a", "acme"), _change("create", "Client", "acme")]
    )

    assert _said(found) == ["create Client/acme", "update Discount/a"]


def test_changes_of_one_rank_go_by_kind_and_name() -> None:
    """Two plans show the same change at the same place."""
    changes = [
        _change("create", kind, name) for kind in ("TaxRule", "Discount") for name in ("b", "a")
    ]

    assert _said(topological_order(changes)) == [
        "create Discount/a",
        "create Discount/b",
        "create TaxRule/a",
        "create TaxRule/b",
    ]


def test_changes_of_one_resource_go_by_their_rank() -> None:
    """It is made, renewed, and switched off, in this order."""
    changes = [_change(action, "Service", "web") for action in ("suspend", "renew", "create")]

    assert [change.action for change in topological_order(changes)] == [
        "create",
        "renew",
        "suspend",
    ]


def test_need_of_what_is_not_in_the_plan_is_met() -> None:
    """A parent that is kept has no change to wait for."""
    assert len(topological_order([_change("create", "Discount", "a", "acme")])) == 1


def test_child_needs_what_is_done_to_its_parent() -> None:
    """A parent is made first; one that is edited may change the login that we act under."""
    spring = declare("Discount", "spring", {"client": "acme"})
    child = Change(spring.address, "create", desired=spring)
    made = Change(acme().address, "create", desired=acme())
    edited = Change(acme().address, "update", desired=acme(), observed=client())

    assert with_dependencies([child, made])[0].depends_on == (acme().address,)
    assert with_dependencies([child, edited])[0].depends_on == (acme().address,)
    assert with_dependencies([child])[0].depends_on == ()


def test_end_of_a_parent_needs_the_end_of_its_children() -> None:
    """A client goes after all that it had."""
    gone = Change(Address("Client", "acme"), "delete", observed=client(7))
    rule = Change(Address("TaxRule", "vat"), "delete", observed=live("TaxRule", 5, {}, client=7))
    other = Change(Address("TaxRule", "w"), "delete", observed=live("TaxRule", 6, {}, client=8))
    needs = {
        change.address.name: change.depends_on for change in with_dependencies([gone, rule, other])
    }

    assert needs == {"acme": (Address("TaxRule", "vat"),), "vat": (), "w": ()}
