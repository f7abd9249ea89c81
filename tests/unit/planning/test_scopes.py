from __future__ import annotations

from reconciler.model.value import Choice, Ref
from reconciler.planning.scopes import scope_of, scopes_to_read, whole_scopes
from tests.support.planning import acme, client, declare, kind_of, live, remember, scope

ACME = {Ref("Client", "name", "acme"): client(7)}
SPRING = declare("Discount", "spring", {"client": "acme"})
WEB = declare(
    "Service",
    "web",
    {"client": "acme", "type": "vds", "tariff": Choice("6", "S"), "domain": "a.example"},
)


def test_child_lives_in_the_list_of_its_parent() -> None:
    """Under the parent's id, once that is known."""
    assert scope_of(kind_of("Discount"), SPRING, ACME) == scope("Discount", 7)
    assert scope_of(kind_of("Discount"), SPRING, {}) is None
    assert scope_of(kind_of("Client"), acme(), {}) == scope("Client")


def test_service_lives_in_the_list_of_its_type() -> None:
    """Each type has a list of its own."""
    assert scope_of(kind_of("Service"), WEB, ACME) == scope("Service", 7, "vds")


def test_authoritative_list_covers_every_variant() -> None:
    """``services: []`` means no service of any type."""
    whole = acme()
    whole = declare("Client", "acme", {"email": "info@acme.example"}, whole=["Service"])
    found = whole_scopes(kind_of("Service"), [whole], ACME)

    assert set(found) == {scope("Service", 7, v) for v in ("vhost", "vds", "dedic")}
    assert whole_scopes(kind_of("Service"), [whole], {}) == {}
    assert whole_scopes(kind_of("Discount"), [whole], ACME) == {}


def test_list_of_an_owned_object_is_read_though_nothing_in_it_is_wanted() -> None:
    """Or the last discount of a client would never be deleted."""
    owned = remember(SPRING, live("Discount", 5, {}, client=7))[1]
    found = scopes_to_read(kind_of("Discount"), [], [owned], [], parents=ACME)

    assert found == [scope("Discount", 7)]


def test_each_list_is_read_once() -> None:
    """Wanted, owned and declared whole: one list."""
    owned = remember(SPRING, live("Discount", 5, {}, client=7))[1]
    where = scope("Discount", 7)
    found = scopes_to_read(kind_of("Discount"), [SPRING, SPRING], [owned], [where], parents=ACME)

    assert found == [where]


def test_list_of_a_deleted_parent_is_not_read() -> None:
    """There is nothing to ask the panel for."""
    owned = remember(SPRING, live("Discount", 5, {}, client=8))[1]

    assert scopes_to_read(kind_of("Discount"), [], [owned], [], parents=ACME) == []
