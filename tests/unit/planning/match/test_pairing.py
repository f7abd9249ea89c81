from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from reconciler.model.value import Choice
from reconciler.planning.match.pairing import (
    adoptable,
    identity_holds,
    match_resources,
    needs_form,
    why_not_ours,
)
from tests.support.planning import NAMESPACE, declare, kind_of, live, remember

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.resource import Desired, Observed
    from reconciler.planning.match.pairing import MatchResult

MAIN, OTHER = Choice("1", "Main"), Choice("2", "Other")
ALL: frozenset[Choice] = frozenset()
RULE = declare("TaxRule", "vat", {"client": "acme", "provider": MAIN, "productTypes": "all"})
SPRING = declare("Discount", "spring", {"client": "acme", "percentage": 10})
CHOSEN = {
    "client": "acme",
    "type": Choice("1", "Personal"),
    "appliesTo": Choice("2", "Orders"),
    "from": "2026-03-01",
}
CHOSEN_FIELDS: dict[str, Choice | date] = {
    "type": Choice("1", "Personal"),
    "appliesTo": Choice("2", "Orders"),
    "from": date(2026, 3, 1),
}


def _rule(number: int, provider: Choice = MAIN) -> Observed:
    return live("TaxRule", number, {"provider": provider, "productTypes": ALL}, client=7)


def _discount(number: int, marker: str | None = None, **fields: Choice | date) -> Observed:
    return live("Discount", number, fields, client=7, marker=marker)


def _pair(
    wanted: Iterable[Desired],
    objects: Iterable[Observed],
    inventory: Mapping[Address, InventoryEntry] | None = None,
) -> MatchResult:
    listed = list(wanted)
    kind = kind_of(listed[0].address.kind)
    return match_resources(kind, NAMESPACE, listed, objects, inventory=inventory or {})


def _said(pairing: MatchResult) -> dict[str, tuple[str, str]]:
    return {p.desired.address.name: (p.observed.row_id, p.how) for p in pairing.pairs}


def test_object_is_known_by_the_id_that_was_remembered() -> None:
    """The first that applies; the identity still holds."""
    found = _pair([RULE], [_rule(5)], dict([remember(RULE, _rule(5))]))

    assert _said(found) == {"vat": ("5", "inventory")}


def test_reused_id_is_not_managed() -> None:
    """Ids can be reused: what stands there now has another identity, and is left alone."""
    memory = dict([remember(RULE, _rule(5))])
    found = _pair([RULE], [_rule(5, OTHER)], memory)

    assert found.pairs == ()
    assert [d.address.name for d in found.absent] == ["vat"]
    assert [o.row_id for o in found.rest] == ["5"]


def test_object_whose_id_moved_is_found_by_its_identity() -> None:
    """Deleted and made anew by a person: another id, the same thing."""
    found = _pair([RULE], [_rule(5, OTHER), _rule(9)], dict([remember(RULE, _rule(5))]))

    assert _said(found) == {"vat": ("9", "identity")}


def test_object_keeps_its_resource_when_git_renames_its_identity() -> None:
    """What was applied speaks for it: a client with a new email is not a new client."""
    before = declare("Client", "acme", {"email": "old@acme.example"})
    after = declare("Client", "acme", {"email": "new@acme.example"})
    observed = live("Client", 7, {"email": "old@acme.example"})
    found = _pair([after], [observed], dict([remember(before, observed)]))

    assert _said(found) == {"acme": ("7", "inventory")}


def test_object_renamed_by_hand_as_declared_is_still_managed() -> None:
    """The new identity at the remembered id speaks for it as well as the old one."""
    before = declare("Client", "acme", {"email": "old@acme.example"})
    after = declare("Client", "acme", {"email": "new@acme.example"})
    memory = dict([remember(before, live("Client", 7, {}))])
    found = _pair([after], [live("Client", 7, {"email": "new@acme.example"})], memory)

    assert _said(found) == {"acme": ("7", "inventory")}


def test_marker_finds_an_object_outside_the_inventory() -> None:
    """A lost inventory loses nothing that bears its name."""
    found = _pair([SPRING], [_discount(5), _discount(6, "git:shop/spring")])

    assert _said(found) == {"spring": ("6", "marker")}


def test_marker_outranks_the_identity() -> None:
    """An object of the same kind of discount is not the one that bears our marker."""
    wanted = declare("Discount", "spring", CHOSEN)
    found = _pair([wanted], [_discount(5, None, **CHOSEN_FIELDS), _discount(6, "git:shop/spring")])

    assert _said(found) == {"spring": ("6", "marker")}


def test_inventory_and_marker_that_disagree_go_by_the_marker() -> None:
    """The remembered id bears another resource's marker now: it is that one's."""
    memory = dict([remember(SPRING, _discount(5))])
    found = _pair(
        [SPRING], [_discount(5, "git:shop/summer"), _discount(6, "git:shop/spring")], memory
    )

    assert _said(found) == {"spring": ("6", "marker")}


@pytest.mark.parametrize("marker", ["git:other/spring", "git:shop/summer"])
def test_object_with_the_marker_of_another_is_never_adopted(marker: str) -> None:
    """Of another project, or of another resource of ours."""
    wanted = declare("Discount", "spring", CHOSEN)
    found = _pair([wanted], [_discount(5, marker, **CHOSEN_FIELDS)])

    assert found.pairs == ()
    assert [d.address.name for d in found.absent] == ["spring"]


def test_service_with_the_remote_id_of_another_system_is_never_adopted() -> None:
    """Some other program knows it by that id."""
    spec = {"client": "acme", "type": "vds", "tariff": MAIN, "domain": "a.example"}
    web = declare("Service", "web", spec)
    fields = {"domain": "a.example"}
    theirs = live("Service", 5, fields, client=7, variant="vds", marker="crm-17")
    free = live("Service", 6, fields, client=7, variant="vds", marker=None)

    assert _pair([web], [theirs]).pairs == ()
    assert _said(_pair([web], [theirs, free])) == {"web": ("6", "identity")}


def test_next_generation_is_another_service() -> None:
    """The one that was ordered before is neither renamed nor taken for it."""
    spec = {"client": "acme", "type": "vds", "tariff": MAIN, "domain": "a.example"}
    first = declare("Service", "web", spec)
    second = declare("Service", "web", {**spec, "generation": 2})
    old = live(
        "Service", 5, {"domain": "a.example"}, client=7, variant="vds", marker="git:shop/web/1"
    )
    found = _pair([second], [old], dict([remember(first, old)]))

    assert found.pairs == ()


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        (None, "several objects match this resource (ids 5, 12)"),
        (
            "git:shop/spring",
            "several objects carry the marker of this resource: remove it from all but one: ids 5",
        ),
    ],
)
def test_two_live_objects_on_one_identity_are_not_guessed_between(
    marker: str | None, words: str
) -> None:
    """Both ids are named, and neither is anybody's rest: what is disputed is not deleted."""
    wanted = declare("Discount", "spring", CHOSEN)
    objects = [_discount(n, marker, **CHOSEN_FIELDS) for n in (12, 5)]
    found = _pair([wanted], objects)

    assert found.pairs == ()
    assert found.absent == ()
    assert found.rest == ()
    assert found.blocked[wanted.address].text.startswith(words)


def test_object_is_given_to_one_resource_only() -> None:
    """The first by name has it; the other one finds nothing."""
    wanted = [declare("Discount", name, CHOSEN) for name in ("b", "a")]
    found = _pair(wanted, [_discount(5, None, **CHOSEN_FIELDS)])

    assert _said(found) == {"a": ("5", "identity")}
    assert [d.address.name for d in found.absent] == ["b"]


def test_object_without_marker_is_matched_by_its_applied_fields() -> None:
    """Support edited the note; type, action and day still speak for it."""
    wanted = declare("Discount", "spring", CHOSEN)
    found = _pair(
        [wanted],
        [_discount(5, None, **CHOSEN_FIELDS)],
        dict([remember(wanted, _discount(5))]),
    )

    assert _said(found) == {"spring": ("5", "inventory")}


def test_object_without_marker_and_with_few_fields_is_not_matched() -> None:
    """It may be ours, or another that was given the id: blocked, with two ways out."""
    found = _pair([SPRING], [_discount(5)], dict([remember(SPRING, _discount(5))]))

    assert found.pairs == ()
    assert found.rest == ()
    assert "restore [git:shop/spring]" in found.blocked[SPRING.address].text
    assert "reconciler forget Discount/spring" in found.blocked[SPRING.address].text


def test_object_without_marker_and_partly_read_is_not_matched() -> None:
    """What agrees as far as it is shown may differ in the rest."""
    wanted = declare("Discount", "spring", CHOSEN)
    shown = {name: CHOSEN_FIELDS[name] for name in ("type", "from")}
    memory = dict([remember(wanted, _discount(5))])
    found = _pair([wanted], [_discount(5, None, **shown)], memory)

    assert set(found.blocked) == {wanted.address}
    other = {**CHOSEN_FIELDS, "from": date(2020, 1, 1)}
    assert _pair([wanted], [_discount(5, None, **other)], memory).blocked == {}


def test_deleted_object_matches_nothing() -> None:
    """A deleted service may linger in its list beside a newer one with the same domain."""
    spec = {"client": "acme", "type": "vds", "tariff": MAIN, "domain": "a.example"}
    web = declare("Service", "web", spec)
    gone = replace(
        live("Service", 5, {"domain": "a.example"}, client=7, variant="vds", marker=None),
        state="gone",
    )

    assert _pair([web], [gone]).rest == ()
    assert len(_pair([web], [gone]).absent) == 1


def test_email_is_matched_whatever_its_case() -> None:
    """The panel shows logins as it likes."""
    wanted = declare("Client", "acme", {"email": "Info@ACME.example"})
    found = _pair([wanted], [live("Client", 7, {"email": "info@acme.example"})])

    assert _said(found) == {"acme": ("7", "identity")}


def test_identity_matches_differs_or_is_undecidable() -> None:
    """Too little of an object is unknown, never absent."""
    kind = kind_of("TaxRule")
    partial = live("TaxRule", 5, {"provider": MAIN}, client=7)
    other = live("TaxRule", 5, {"provider": OTHER}, client=7)

    assert identity_holds(kind, RULE.fields, _rule(5)) is True
    assert identity_holds(kind, RULE.fields, partial) is None
    assert identity_holds(kind, RULE.fields, other) is False
    assert identity_holds(kind_of("Discount"), SPRING.fields, _discount(5)) is None


def test_object_that_is_not_proved_ours_is_not_called_anothers() -> None:
    """A list may show another label than the form; only the marker of others proves more."""
    kind, (_, entry) = kind_of("TaxRule"), remember(RULE, _rule(3))
    hidden = live("TaxRule", 3, {"productTypes": ALL}, client=7)
    end = ", so nothing proves that it is the same object"

    other = why_not_ours(kind, _rule(3, OTHER), entry)

    assert other == f"the panel shows another provider for id 3{end}"
    assert why_not_ours(kind, hidden, entry) == f"the panel does not show provider of id 3{end}"
    assert why_not_ours(kind_of("Discount"), _discount(3), entry) == (
        "the id now belongs to another object"
    )


def test_discount_that_does_not_say_enough_adopts_nothing() -> None:
    """Client, type and action together make one discount, and the day where it is declared."""
    kind = kind_of("Discount")
    found = _discount(5, None, **CHOSEN_FIELDS)

    assert adoptable(kind, declare("Discount", "spring", CHOSEN), found) is True
    for field in ("type", "appliesTo"):
        less = declare("Discount", "x", {k: v for k, v in CHOSEN.items() if k != field})
        assert adoptable(kind, less, found) is False


def test_form_is_needed_where_a_row_does_not_say_who_it_is() -> None:
    """An unread marker, or a missing column of the identity."""
    unread = replace(_discount(5, ""), from_form=False)
    shown = replace(_discount(5, None), from_form=False)
    partial = replace(live("TaxRule", 5, {"provider": MAIN}, client=7), from_form=False)

    assert needs_form(kind_of("Discount"), unread)
    assert not needs_form(kind_of("Discount"), shown)
    assert needs_form(kind_of("TaxRule"), partial)
    assert not needs_form(kind_of("TaxRule"), replace(partial, from_form=True))
    assert not needs_form(kind_of("TaxRule"), replace(partial, state="gone"))
    assert not needs_form(kind_of("TaxRule"), replace(_rule(5), from_form=False))
