from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import jsonschema
import pytest

from reconciler.kinds.catalogue import Catalogue, discover
from reconciler.kinds.fields import Mode, ValueType
from reconciler.kinds.kind import OrderFields, plain_switch
from tests.support.planning import CATALOGUE, kind_of

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.value import Value

KINDS = [kind.name for kind in CATALOGUE.resources]


def test_catalogue_knows_the_kinds_of_the_manual() -> None:
    """What can be declared, and what can be referred to."""
    assert set(KINDS) >= {
        *("Client", "ClientAccount", "Discount", "TaxRule", "CurrencyRate", "Service"),
    }
    assert set(CATALOGUE.lookups) == {
        *("Provider", "Tariff", "Datacenter", "Country", "Currency", "ClientGroup"),
        *("StaffMember", "PaymentMethod"),
    }


def test_parents_come_before_their_children() -> None:
    """A round that goes through the kinds in order knows every parent in time."""
    seen: set[str] = set()
    for kind in CATALOGUE.resources:
        if kind.parent:
            assert kind.by_name[kind.parent].wire.ref in seen
        seen.add(kind.name)


def test_discovery_gives_the_same_catalogue_every_time() -> None:
    """The kinds are found in the order of their modules, not of the disk."""
    assert [kind.name for kind in discover()] == [kind.name for kind in CATALOGUE]


def test_two_kinds_of_one_name_are_refused() -> None:
    """A name that meant two things would mean neither."""
    with pytest.raises(ValueError, match="TaxRule"):
        CATALOGUE.with_kinds([kind_of("TaxRule")])
    other = replace(kind_of("TaxRule"), name="LevyRule")
    with pytest.raises(ValueError, match="taxRules"):
        Catalogue((kind_of("TaxRule"), other))


@pytest.mark.parametrize(
    "wrong",
    [
        replace(kind_of("Service"), terms=OrderFields(period="months")),
        replace(kind_of("Service"), identity=("host",)),
        replace(kind_of("Client"), login="mail"),
    ],
)
def test_role_that_names_no_field_is_refused(wrong: ResourceKind) -> None:
    """It would count as a role that the kind has not, and no price or period be asked for."""
    with pytest.raises(ValueError, match=f"{wrong.name} has no field"):
        Catalogue((wrong,))


def test_client_is_who_has_a_login() -> None:
    """Another kind without a parent, whatever its name, is not taken for one."""
    first = replace(kind_of("Client"), name="Agency", inline="", login="", title="")

    assert CATALOGUE.with_kinds([first]).client.name == "Client"


@pytest.mark.parametrize(
    ("terms", "fields", "at_once"),
    [
        (OrderFields(payment="payFrom", at_once="balance"), {"payFrom": "balance"}, True),
        (OrderFields(payment="payFrom", at_once="balance"), {"payFrom": "cart"}, False),
        (OrderFields(payment="payFrom", at_once="balance"), {}, False),
        (OrderFields(), {}, True),
    ],
)
def test_order_is_paid_at_once_unless_its_kind_knows_better(
    terms: OrderFields, fields: dict[str, Value], *, at_once: bool
) -> None:
    """Without a field that says so, the careful answer: it takes a consent."""
    assert replace(kind_of("Service"), terms=terms).charges(fields) is at_once
    assert kind_of("TaxRule").charges(fields) is False


def test_client_may_hold_its_children_inline() -> None:
    """Under these keys, and no others."""
    names = {key: kind.name for key, kind in CATALOGUE.inlines.items()}

    assert names.items() >= {
        ("accounts", "ClientAccount"),
        ("discounts", "Discount"),
        ("taxRules", "TaxRule"),
        ("currencyRates", "CurrencyRate"),
        ("services", "Service"),
    }


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (
            "Client",
            (
                "email=email name=name realName=realname provider=project country=country "
                "region=state phone=try_phone label=label note=note language=client_lang "
                "staffMember=employee characteristics=attitude configurationUrl=settingurl "
                "customNamespace=selfview excludeFromStatistics=nocalcstat password=passwd "
                "onCreate.notify=notify onCreate.sendRecovery=recovery "
                "onCreate.verifyEmail=verify_email"
            ),
        ),
        (
            "ClientAccount",
            (
                "provider=subaccount_project currency=subaccount_currency creditLimit=creditlimit "
                "allowPostpaid=allowpostpaid active=active referredBy=referer "
                "incidentLimit=incident_limit"
            ),
        ),
        (
            "Discount",
            (
                "percentage=percentage type=type appliesTo=actiontype periods=period "
                "priority=priority from=fromdate to=todate note=note"
            ),
        ),
        ("TaxRule", "provider=project rate=taxrate productTypes=itemtype"),
        (
            "CurrencyRate",
            "base=currency_base relate=currency_relate rate=rate amount=amount date=ratedate",
        ),
        (
            "Service",
            (
                "tariff=pricelist datacenter=datacenter periodMonths=period domain=domain "
                "autoRenewMonths=autoprolong osTemplate=ostempl recipe=recipe addons=addon_ ip=ip "
                "username=username server=serverid"
            ),
        ),
    ],
)
def test_field_goes_to_the_parameter_that_the_manual_names(kind: str, parameters: str) -> None:
    """The panel ignores a misspelt parameter silently, so each is written down here once more."""
    for pair in parameters.split():
        field, _, param = pair.partition("=")
        assert kind_of(kind).by_name[field].param == param, field


@pytest.mark.parametrize(
    ("kind", "once"),
    [
        ("Client", {"provider"}),
        ("ClientAccount", {"provider", "currency"}),
        ("Discount", set()),
        ("TaxRule", {"provider"}),
        ("CurrencyRate", {"base", "relate", "date"}),
        ("Service", {"tariff", "datacenter", "periodMonths", "recipe"}),
    ],
)
def test_fields_that_are_set_once_are_those_of_the_manual(kind: str, once: set[str]) -> None:
    """A later difference in one of them cannot be mended by an edit."""
    facets = kind_of(kind).facets

    assert {facet.name for facet in facets if facet.wire.mode is Mode.CREATE_ONLY} == once


@pytest.mark.parametrize(
    ("kind", "default", "allowed"),
    [
        ("Client", "keep", {"keep", "delete"}),
        ("ClientAccount", "keep", {"keep", "suspend"}),
        ("Discount", "delete", {"keep", "delete"}),
        ("TaxRule", "delete", {"keep", "delete"}),
        ("CurrencyRate", "keep", {"keep", "delete"}),
        ("Service", "keep", {"keep", "delete", "suspend"}),
    ],
)
def test_removal_has_the_default_of_the_manual(kind: str, default: str, allowed: set[str]) -> None:
    """What costs or holds money is kept unless its manifest says otherwise."""
    assert kind_of(kind).on_remove == default
    assert kind_of(kind).removals == allowed


@pytest.mark.parametrize("name", KINDS)
def test_descriptor_holds_together(name: str) -> None:
    """Every field that a descriptor names exists, and every removal it allows can be done."""
    kind = kind_of(name)
    assert kind.named_fields <= set(kind.by_name)
    assert kind.on_remove in kind.removals
    assert ("delete" in kind.removals) <= bool(kind.delete)
    assert ("suspend" in kind.removals) <= any(f.wire.mode is Mode.SWITCH for f in kind.facets)
    assert bool(kind.create) != bool(kind.order)
    assert bool(kind.identity or kind.adopt_by)


@pytest.mark.parametrize("name", KINDS)
def test_parameters_of_a_kind_do_not_collide(name: str) -> None:
    """No parameter carries two fields."""
    modes = {Mode.EDIT, Mode.CREATE_ONLY, Mode.SENT_ONCE, Mode.WRITE_ONLY}
    params = [
        param
        for facet in kind_of(name).facets
        if facet.wire.mode in modes
        for param in (facet.param, *facet.wire.also, *filter(None, [facet.wire.gate]))
    ]

    assert len(set(params)) == len(params)


@pytest.mark.parametrize("name", KINDS)
def test_choices_have_an_option_list(name: str) -> None:
    """An id is looked up in the form's own list, so each choice knows which that is."""
    for facet in kind_of(name).facets:
        if facet.on_form and facet.wire.shape in {ValueType.CHOICE, ValueType.CHOICES}:
            assert facet.wire.options, facet.name


@pytest.mark.parametrize("name", KINDS)
def test_every_field_is_explained(name: str) -> None:
    """``explain`` and the editors' hints have a sentence for each."""
    assert [f.name for f in kind_of(name).facets if not f.doc and f.name != "onCreate"] == []


@pytest.mark.parametrize(
    ("spec", "valid"),
    [
        ({"client": "acme", "periods": [1, 12]}, True),
        ({"client": "acme", "periods": ["1 month", {"id": "12"}]}, True),
        ({"client": {"email": "a@b.example"}, "from": "2026-01-01", "to": None}, True),
        ({"client": "acme", "percentage": "a tenth"}, False),
        ({"client": "acme", "colour": "red"}, False),
        ({"percentage": 10}, False),
    ],
)
def test_schema_says_what_the_parser_says(spec: dict[str, object], *, valid: bool) -> None:
    """An editor marks what is misspelt or of another type, and nothing that would be read."""
    schema = kind_of("Discount").spec.model_json_schema()
    checker = jsonschema.Draft202012Validator(schema)

    assert checker.is_valid(spec) is valid


@pytest.mark.parametrize(
    ("code", "state", "suspended"),
    [
        ("0_draft", "live", False),
        ("1", "live", False),
        ("2_active", "live", False),
        ("3_autosuspend", "live", True),
        ("4", "gone", None),
        ("5_close", "closing", None),
        ("5_delete", "closing", None),
        ("5_open", "busy", None),
        ("5", "busy", None),
    ],
)
def test_status_of_a_service_counts_by_its_first_digit(
    code: str,
    state: str,
    suspended: bool | None,  # noqa: FBT001 - a column of the table
) -> None:
    """Draft, ordered, active, suspended, deleted, in work."""
    service: ResourceKind = kind_of("Service")

    assert service.state(code) == state
    assert service.switched_off(code) is suspended


@pytest.mark.parametrize(
    ("word", "off"),
    [
        ("off", True),
        ("Suspended", True),
        ("on", False),
        (" Active ", False),
        ("", None),
        ("?", None),
    ],
)
def test_word_of_a_plain_status_is_known_or_unknown(word: str, off: bool | None) -> None:  # noqa: FBT001 - likewise
    """A word that we do not know means neither on nor off."""
    assert plain_switch(word) is off
