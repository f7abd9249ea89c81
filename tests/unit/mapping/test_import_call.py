"""What a logged call made is declared by the kind that knows the function."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reconciler.kinds.catalogue import discover
from reconciler.kinds.parse import parse_spec
from reconciler.mapping.import_call import ImportedResource, import_calls
from reconciler.model.address import Address, parse_address
from reconciler.wire.request_log import LoggedCall

CATALOGUE = discover()


def made(func: str, su: str = "", user: str = "root", **params: str) -> ImportedResource:
    """Declare a confirmed call."""
    given = tuple({**params, "sok": "ok"}.items())
    found = import_calls(CATALOGUE, LoggedCall(func, given, user, su), "7")
    assert found is not None
    return found


def spec(found: ImportedResource) -> dict[str, object]:
    """Return what a manifest declares."""
    declared = found.document["spec"]
    assert isinstance(declared, dict)
    return {**declared}


def test_client_is_declared_by_what_was_sent() -> None:
    """Choices by their ids, flags as flags, and a name from the identity."""
    found = made(
        "account.edit",
        email="Billing@Acme.example",
        realname="Ann",
        country="182",
        nocalcstat="on",
        notify="on",
        unknown="x",
    )

    assert found.document["kind"] == "Client"
    assert found.document["metadata"] == {"name": "billing-acme-example"}
    assert spec(found) == {
        "email": "billing@acme.example",
        "realName": "Ann",
        "country": {"id": "182"},
        "excludeFromStatistics": True,
        "onCreate": {"notify": True},
    }
    assert found.notes == ()


def test_second_object_of_one_name_is_named_apart() -> None:
    """Two orders of a domain are two services, or one of them came to nothing: its author knows."""
    given = (("domain", "vm.example"), ("pricelist", "6"), ("period", "1"), ("sok", "ok"))
    order = LoggedCall("vds.order.param", given, "ann@acme.example")
    taken = {Address("Service", "vm-example"), Address("Service", "vm-example-7")}
    found = import_calls(CATALOGUE, order, "7", taken)

    assert found is not None
    assert found.address == Address("Service", "vm-example-7-7")
    assert found.document["metadata"] == {"name": "vm-example-7-7"}
    assert any("Service/vm-example is declared above" in note for note in found.notes)
    # Another kind may use the name.
    other = import_calls(CATALOGUE, order, "7", {Address("Client", "vm-example")})
    assert other is not None
    assert other.address.name == "vm-example"
    assert spec(other)["client"] == {"email": "ann@acme.example"}


def test_longest_name_has_room_for_what_tells_it_apart() -> None:
    """A manifest's name is bounded."""
    given = (("domain", f"{'d' * 60}.example"), ("sok", "ok"))
    order = LoggedCall("vds.order.param", given, "ann@acme.example")
    first = import_calls(CATALOGUE, order, "1")
    assert first is not None
    second = import_calls(CATALOGUE, order, "499999", {first.address})

    assert second is not None
    assert parse_address(str(second.address)) != first.address


def test_registration_extras_of_an_edit_are_not_declared() -> None:
    """They happen once, at registration, and the edit named its element."""
    assert "onCreate" not in spec(made("account.edit", elid="5", email="a@b.c", notify="on"))


@pytest.mark.parametrize(
    ("func", "params", "expected"),
    [
        (
            "account.taxrule.edit",
            {"plid": "4", "project": "1", "taxrate": "20.00", "itemtype": "3, 4"},
            {
                "client": {"id": "4"},
                "provider": {"id": "1"},
                "rate": Decimal("20.00"),
                "productTypes": [{"id": "3"}, {"id": "4"}],
            },
        ),
        (
            "account.taxrule.edit",
            {"plid": "4", "project": "1", "specialitemtype": "off", "itemtype": "3"},
            {"client": {"id": "4"}, "provider": {"id": "1"}, "productTypes": []},
        ),
        (
            "account.discount.edit",
            {"plid": "4", "percentage": "5", "note": "mine [git:shop/d]", "fromdate": "2026-01-02"},
            {
                "client": {"id": "4"},
                "percentage": Decimal(5),
                "note": "mine",
                "from": "2026-01-02",
            },
        ),
        (
            "subaccount.edit",
            {"plid": "4", "subaccount_project": "1", "subaccount_currency": "126"},
            {"client": {"id": "4"}, "provider": {"id": "1"}, "currency": {"id": "126"}},
        ),
    ],
)
def test_children_are_declared_under_their_client(
    func: str, params: dict[str, str], expected: dict[str, object]
) -> None:
    """By the parent's id, with the gates and marks of their kind."""
    assert spec(made(func, **params)) == expected


@pytest.mark.parametrize(("su", "user"), [("ann@b.example", "root"), ("", "ann@b.example")])
def test_order_is_declared_for_whom_it_was_made(su: str, user: str) -> None:
    """For the client who was acted as, or who ordered by itself."""
    params = {"pricelist": "6", "period": "12", "domain": "X.example", "addon_7": "500"}
    params |= {"addon_07": "1", "addon_x": "2"}  # neither is the number of an add-on
    found = made("vds.order.param", su, user, **params)

    assert spec(found) == {
        "type": "vds",
        "client": {"email": "ann@b.example"},
        "tariff": {"id": "6"},
        "periodMonths": 12,
        "domain": "x.example",
        "addons": {"7": "500"},
    }


def test_values_that_the_kind_refuses_are_omitted_and_reported() -> None:
    """So that what comes out can be loaded, but for what is missing."""
    found = made("account.discount.edit", percentage="500", priority="x", period="1, 3")

    assert spec(found) == {"periods": [{"id": "1"}, {"id": "3"}]}
    assert "percentage was left out" in "; ".join(found.notes)
    assert "priority was left out" in "; ".join(found.notes)
    assert "client is required as well" in found.notes


def test_marker_within_a_note_is_left_out_and_the_one_at_its_end_is_cut_off() -> None:
    """A manifest does not say who owns an object, so it could not be loaded."""
    ours = made("account.discount.edit", percentage="5", note="spring [git:shop/spring]")
    copied = made("account.discount.edit", percentage="5", note="[git:shop/spring] was this")

    assert spec(ours)["note"] == "spring"
    assert "note" not in spec(copied)
    assert "note was left out" in "; ".join(copied.notes)


def test_hidden_password_is_asked_for_as_a_reference() -> None:
    """The log has none, and a manifest holds none."""
    given = (("email", "a@b.c"), ("sok", "ok"))
    found = import_calls(
        CATALOGUE, LoggedCall("account.edit", given, "root", hidden=("passwd",)), "1"
    )

    assert found is not None
    assert found.notes == ("password was sent: declare it as a reference to a secret",)


def test_unknown_or_unconfirmed_calls_are_not_declared() -> None:
    """Nor is a deletion: that is a manifest that goes away."""
    for func in ("payment.edit", "account.delete", "mystery"):
        assert import_calls(CATALOGUE, LoggedCall(func, (("sok", "ok"),), "root"), "1") is None
    assert (
        import_calls(CATALOGUE, LoggedCall("account.edit", (("email", "a@b.c"),), "root"), "1")
        is None
    )


def test_every_declared_value_is_one_that_its_kind_takes() -> None:
    """Hostile values end as notes, never as faults."""
    for kind in CATALOGUE.resources:
        func = kind.func(kind.create or kind.order, kind.variants[0])
        for text in ("x", "1", "null", "1,2", "off", "-5", "a b", "2026-01-01", "[git:x/y]"):
            params = {facet.param: text for facet in kind.facets}
            found = made(func, **{"plid": "4", **params})
            _, faults = parse_spec(kind, spec(found))
            assert {fault.code for fault in faults} <= {"missing-field"}
