from __future__ import annotations

import pytest

from reconciler.kinds.fields import Mode
from reconciler.model.address import parse_element_id
from reconciler.model.finding import Source
from reconciler.model.value import Choice, Ref
from reconciler.planning.resolve import (
    EDITED,
    has_choices,
    once_for_sets,
    resolve_addons,
    resolve_choices,
    resolve_refs,
)
from reconciler.wire.reply import Form
from tests.support.planning import declare, kind_of

MENUS = {
    "project": {"1": "Main", "2": "Other"},
    "itemtype": {"3": "VDS", "7": "Domain"},
}
LABELS = {"addon_7": "Disk space", "addon_9": "IP address", "addon_11": "IP address", "domain": "D"}
FORM = Form({"addon_7": "1"}, labels=LABELS)
SERVICE = {"client": "acme", "type": "vds", "tariff": "S", "domain": "a.example"}


def test_every_declared_choice_gets_its_id() -> None:
    """One choice and a set of them, each from the list of its own."""
    raw = {"client": "acme", "provider": "main", "productTypes": ["VDS", {"id": "7"}]}
    found, findings = resolve_choices(kind_of("TaxRule"), declare("TaxRule", "vat", raw), MENUS)

    assert findings == ()
    assert found.fields["provider"] == Choice("1", "Main")
    assert found.fields["productTypes"] == {Choice("3", "VDS"), Choice("7", "Domain")}


def test_miss_is_a_finding_with_its_place() -> None:
    """The whole plan waits until the author has said what is meant; each miss is reported."""
    raw = {"client": "acme", "provider": "Man", "productTypes": ["VPS", "Doman"]}
    desired = declare("TaxRule", "vat", raw)
    _, findings = resolve_choices(kind_of("TaxRule"), desired, MENUS)

    assert {finding.code for finding in findings} == {"unknown-choice"}
    assert {finding.severity for finding in findings} == {"error"}
    assert [finding.source for finding in findings] == [Source("manifests/shop.yaml", 1)] * 3
    assert all("TaxRule/vat" in finding.message for finding in findings)


def test_wrong_choice_of_a_set_is_reported_once() -> None:
    """It stands at one place for all clients; those with a place of their own keep theirs."""
    raw = {"client": "acme", "provider": "Man"}
    of_set = [
        declare("TaxRule", name, {**raw, "client": name})._replace(from_set="terms")
        for name in ("kite", "moon", "reed")
    ]
    alone = [declare("TaxRule", name, raw) for name in ("one", "two")]
    misses = [
        miss
        for desired in (alone[0], *of_set, alone[1])
        for miss in resolve_choices(kind_of("TaxRule"), desired, MENUS)[1]
    ]

    found = [each.message for each in once_for_sets(misses, [*alone, *of_set])]

    assert [text.partition(" the panel")[0] for text in found] == [
        "TaxRule/one: provider:",
        "TaxRule/kite, for Client/kite: provider:",
        "TaxRule/two: provider:",
    ]
    assert [text.endswith("; the same for 2 more of the set") for text in found] == [
        *(False, True, False)
    ]


def test_choice_that_is_not_to_be_edited_may_stay_unresolved() -> None:
    """The edit form of a service offers no tariffs: a label is then as good as nothing."""
    desired = declare("Service", "web", {**SERVICE, "osTemplate": "Debian 12"})
    menus = {"ostempl": {"debian-12": "Debian 12"}}
    found, findings = resolve_choices(kind_of("Service"), desired, menus, EDITED)

    assert findings == ()
    assert found.fields["tariff"] == Choice(None, "S")
    assert found.fields["osTemplate"] == Choice("debian-12", "Debian 12")


def test_choice_that_may_be_a_text_waits_for_the_form_that_has_its_list() -> None:
    """Taken for a text by the first step of a wizard, it would be no option of the second."""
    desired = declare("Service", "web", {**SERVICE, "recipe": "Web server"})
    kind = kind_of("Service")
    early, _ = resolve_choices(kind, desired, {"pricelist": {"53": "S"}}, frozenset())
    late, findings = resolve_choices(kind, early, {"recipe": {"lamp": "Web server"}}, frozenset())

    assert early.fields["recipe"] == Choice(label="Web server")
    assert findings == ()
    assert late.fields["recipe"] == Choice("lamp", "Web server")


def test_kind_tells_whether_a_resource_declares_choices() -> None:
    """No form is read for a resource that chooses nothing."""
    modes = frozenset({Mode.EDIT})
    plain = declare("Client", "acme", {"email": "a@b.example", "note": "x"})
    chosen = declare("Client", "acme", {"email": "a@b.example", "country": "DE"})

    assert not has_choices(kind_of("Client"), plain, modes)
    assert has_choices(kind_of("Client"), chosen, modes)


def test_reference_beside_the_parent_becomes_an_id() -> None:
    """The parent's reference stays as it is: it says where the resource lives."""
    raw = {"client": "acme", "provider": "Main", "currency": "EUR", "referredBy": "zeta"}
    desired = declare("ClientAccount", "eur", raw)
    ids = {
        Ref("Client", "name", name): parse_element_id(n)
        for name, n in [("acme", "7"), ("zeta", "8")]
    }
    found = resolve_refs(kind_of("ClientAccount"), desired, ids)

    assert found.fields["referredBy"] == Ref("Client", "id", "8")
    assert found.fields["client"] == Ref("Client", "name", "acme")
    assert resolve_refs(kind_of("ClientAccount"), desired, {}) == desired


@pytest.mark.parametrize(
    ("addons", "resolved"),
    [({"disk SPACE": 5}, {"7": "5"}), ({"7": 5, "9": 1}, {"7": "5", "9": "1"})],
)
def test_add_on_is_found_by_its_name(addons: dict[str, int], resolved: dict[str, str]) -> None:
    """An add-on costs money: it is the one that is meant."""
    desired = declare("Service", "web", {**SERVICE, "addons": addons})

    found, misses = resolve_addons(kind_of("Service"), desired, FORM)

    assert misses == ()
    assert found.fields["addons"] == resolved


OFFERED = "; it offers Disk space (7), IP address (9), IP address (11)"


@pytest.mark.parametrize(
    ("addons", "miss"),
    [
        ({"Disc space": 5}, "the panel offers no add-on 'Disc space'; it offers Disk space (7)"),
        ({"Traffic": 5}, f"the panel offers no add-on 'Traffic'{OFFERED}"),
        ({"13": 5}, f"the panel offers no add-on '13'{OFFERED}"),
        # Two add-ons of one name are never guessed between, nor is one wanted twice.
        (
            {"IP address": 1},
            "several add-ons have the name 'IP address': write one of the ids 9, 11",
        ),
        ({"7": 5, "Disk space": 6}, "the add-on 7 is declared twice"),
        # What is no id as the panel writes it is a name, and here one that nothing bears.
        ({"07": 5}, f"the panel offers no add-on '07'{OFFERED}"),
        ({"٧": 5}, f"the panel offers no add-on '٧'{OFFERED}"),
    ],
)
def test_add_on_that_is_not_offered_names_those_that_are(addons: dict[str, int], miss: str) -> None:
    """It is a finding, with what to write instead."""
    desired = declare("Service", "web", {**SERVICE, "addons": addons})

    assert resolve_addons(kind_of("Service"), desired, FORM)[1] == (miss,)


def test_form_that_was_opened_without_titles_proves_no_absence_of_an_id() -> None:
    """It may leave out what is empty; a name is found in no such form."""
    desired = declare("Service", "web", {**SERVICE, "addons": {"13": 5, "Memory": 1}})

    _, misses = resolve_addons(
        kind_of("Service"), desired, Form({"addon_7": "1", "domain": "a.example"})
    )

    assert misses == ("the panel offers no add-on 'Memory'; it offers 7",)


def test_resource_without_add_ons_is_left_as_it_is() -> None:
    """There is nothing to look up."""
    desired = declare("Service", "web", SERVICE)

    assert resolve_addons(kind_of("Service"), desired, FORM) == (desired, ())
