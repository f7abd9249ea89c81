from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import CodecError
from reconciler.mapping.encode import (
    CallContext,
    create_calls,
    delete_calls,
    renew_calls,
    switch_calls,
    update_calls,
)
from reconciler.model.address import parse_element_id
from reconciler.model.plan import Change, Edit
from reconciler.model.value import Choice, Ref, Secret
from reconciler.wire.call import Effect
from tests.support.planning import declare, kind_of, live

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.resource import Desired, Observed
    from reconciler.model.value import Value
    from reconciler.wire.call import Call

CHILD = CallContext("shop", parse_element_id("7"))
ORDER = CallContext("shop", None, "info@acme.example")
SERVICE = {
    "client": "acme",
    "type": "vds",
    "tariff": Choice("6", "VDS S"),
    "domain": "a.example",
}
MARK = "git:shop/spring"


def _sent(call: Call) -> dict[str, object]:
    assert len({name for name, _ in call.params}) == len(call.params)
    return dict(call.params)


def _create(desired: Desired, setting: CallContext) -> tuple[Call, dict[str, object]]:
    (call,) = create_calls(kind_of(desired.address.kind), desired, setting)
    return call, _sent(call)


def _update(desired: Desired, observed: Observed, *edits: Edit, charge: bool = False) -> list[Call]:
    change = Change(
        desired.address,
        "update",
        edits=edits,
        desired=desired,
        observed=observed,
        classes=frozenset({"charge"} if charge else ()),
    )
    kind = kind_of(desired.address.kind)
    return list(update_calls(kind, change, observed, CallContext("shop")))


def _discount(note: str = "", marker: str | None = MARK) -> Observed:
    return live("Discount", 5, {"note": note, "percentage": Decimal(10)}, client=7, marker=marker)


def _web(**fields: Value) -> Observed:
    return live("Service", 5, fields, client=7, variant="vds", marker="git:shop/web/1")


@pytest.mark.parametrize(
    ("kind", "spec", "func", "params"),
    [
        (
            "Client",
            {
                "email": "Info@acme.example",
                "name": "ACME",
                "realName": "Ann Other",
                "provider": Choice("1", "Main"),
                "country": Choice("81", "Germany"),
                "region": Choice("5", "Bavaria"),
                "phone": "+49 1",
                "label": "vip",
                "note": "hello",
                "language": Choice("en", "English"),
                "staffMember": Choice("3", "Nora"),
                "characteristics": Choice("2", "good"),
                "configurationUrl": "https://x.example",
                "customNamespace": "ns1.x.example",
                "excludeFromStatistics": False,
                "password": {"env": "PASSPHRASE"},
                "rotate": "2026",
                "onCreate": {"notify": True, "sendRecovery": False, "verifyEmail": True},
                "groups": [Choice("9", "Gold")],
            },
            "account.edit",
            {
                "email": "Info@acme.example",
                "name": "ACME",
                "realname": "Ann Other",
                "project": "1",
                "country": "81",
                "state": "5",
                "try_phone": "+49 1",
                "label": "vip",
                "note": "hello",
                "client_lang": "en",
                "employee": "3",
                "attitude": "2",
                "settingurl": "https://x.example",
                "selfview": "ns1.x.example",
                "nocalcstat": "off",
                "passwd": Secret("env", ("PASSPHRASE",)),
                "confirm": Secret("env", ("PASSPHRASE",)),
                "notify": "on",
                "recovery": "off",
                "verify_email": "on",
            },
        ),
        (
            "ClientAccount",
            {
                "client": "acme",
                "provider": Choice("1", "Main"),
                "currency": Choice("126", "Euro"),
                "creditLimit": Decimal("150.00"),
                "allowPostpaid": True,
                "active": False,
                "referredBy": {"id": "8"},
                "incidentLimit": 5,
                "suspended": True,
            },
            "subaccount.edit",
            {
                "subaccount_project": "1",
                "subaccount_currency": "126",
                "creditlimit": "150",
                "allowpostpaid": "on",
                "active": "off",
                "referer": "8",
                "incident_limit": "5",
            },
        ),
        (
            "Discount",
            {
                "client": "acme",
                "percentage": Decimal("12.50"),
                "type": Choice("1", "Personal"),
                "appliesTo": Choice("2", "Orders"),
                "periods": [{"id": 12}, {"id": 1}, {"id": 3}],
                "priority": -5,
                "from": "2026-03-01",
                "to": "2026-12-31",
                "note": "spring sale",
            },
            "account.discount.edit",
            {
                "percentage": "12.5",
                "type": "1",
                "actiontype": "2",
                "period": "1,3,12",
                "priority": "-5",
                "fromdate": "2026-03-01",
                "todate": "2026-12-31",
                "note": f"spring sale [{MARK}]",
            },
        ),
        (
            "Discount",
            {"client": "acme", "percentage": 10, "to": None, "note": ""},
            "account.discount.edit",
            {"percentage": "10", "note": f"[{MARK}]"},
        ),
        (
            "TaxRule",
            {
                "client": "acme",
                "provider": Choice("1", "Main"),
                "rate": 20,
                "productTypes": [Choice("7", "Domain"), Choice("3", "VDS")],
            },
            "account.taxrule.edit",
            {"project": "1", "taxrate": "20", "specialitemtype": "on", "itemtype": "3,7"},
        ),
        (
            "TaxRule",
            {"client": "acme", "provider": Choice("1", "Main"), "productTypes": "all"},
            "account.taxrule.edit",
            {"project": "1", "specialitemtype": "off"},
        ),
        (
            "CurrencyRate",
            {
                "client": "acme",
                "base": Choice("126", "Euro"),
                "relate": Choice("1", "Dollar"),
                "rate": Decimal("1.0850"),
                "amount": 100,
                "date": "2026-12-01",
            },
            "account.currencyrate.edit",
            {
                "currency_base": "126",
                "currency_relate": "1",
                "rate": "1.085",
                "amount": "100",
                "ratedate": "2026-12-01",
            },
        ),
    ],
)  # fmt: skip
def test_create_sends_what_is_declared_parameter_by_parameter(
    kind: str, spec: Mapping[str, object], func: str, params: Mapping[str, object]
) -> None:
    """Each field under its own parameter, and nothing else beside ``sok`` and the parent."""
    child = kind != "Client"
    call, sent = _create(declare(kind, "spring", spec), CHILD if child else CallContext("shop"))

    assert call.func == func
    assert call.effect is Effect.CREATE
    assert sent == {**params, "sok": "ok", **({"plid": "7"} if child else {})}


def test_order_into_the_cart_does_not_mention_the_balance() -> None:
    """As the client, under our marker, with explicit numbers for the add-ons."""
    raw = {
        **SERVICE,
        "datacenter": Choice("2", "Berlin"),
        "periodMonths": 12,
        "autoRenewMonths": None,
        "osTemplate": Choice("debian-12", "Debian 12"),
        "recipe": Choice("null", "none"),
        "addons": {"11": 512, "7": "on"},
        "ip": "",
        "username": "u17",
        "password": {"file": "secret"},
        "server": Choice("4", "node-4"),
        "paidThrough": "2027-01-01",
        "suspended": False,
        "generation": 2,
    }
    call, sent = _create(declare("Service", "web", raw), ORDER)

    assert call.func == "vds.order.param"
    assert call.effect is Effect.CREATE
    assert sent == {
        "su": "info@acme.example",
        "clicked_button": "finish",
        "licence_agreement": "on",
        "sok": "ok",
        "pricelist": "6",
        "datacenter": "2",
        "period": "12",
        "domain": "a.example",
        "autoprolong": "null",
        "ostempl": "debian-12",
        "recipe": "null",
        "addon_7": "on",
        "addon_11": "512",
        "username": "u17",
        "userpassword": Secret("file", ("secret",)),
        "serverid": "4",
        "remoteid": "git:shop/web/2",
    }


@pytest.mark.parametrize("variant", ["vhost", "vds", "dedic"])
def test_order_from_the_balance_charges_at_once(variant: str) -> None:
    """One word more, and another effect: it is never sent a second time."""
    call, sent = _create(
        declare("Service", "web", {**SERVICE, "type": variant, "payFrom": "balance"}), ORDER
    )

    assert call.func == f"{variant}.order.param"
    assert call.effect is Effect.CHARGE
    assert sent["skipbasket"] == "on"


def test_order_without_a_client_to_order_as_is_refused() -> None:
    """It would be the administrator's service, and the administrator's money."""
    with pytest.raises(CodecError):
        create_calls(kind_of("Service"), declare("Service", "web", SERVICE), CallContext("shop"))


def test_choice_without_an_id_is_never_sent() -> None:
    """A label means nothing to the panel."""
    rule = declare("TaxRule", "vat", {"client": "acme", "provider": "Main"})
    with pytest.raises(CodecError, match="not resolved"):
        create_calls(kind_of("TaxRule"), rule, CHILD)


def test_reference_without_an_id_is_never_sent() -> None:
    """The client who brought this one does not live yet."""
    raw = {"client": "acme", "provider": Choice("1", "M"), "currency": Choice("2", "E")}
    account = declare("ClientAccount", "eur", {**raw, "referredBy": "zeta"})
    with pytest.raises(CodecError, match="has no id yet"):
        create_calls(kind_of("ClientAccount"), account, CHILD)


def test_update_sends_the_fields_that_change_and_no_others() -> None:
    """What is left out keeps its value, even where a person changed it a moment ago."""
    rule = declare("TaxRule", "vat", {"client": "acme", "provider": Choice("1", "M"), "rate": 20})
    observed = live("TaxRule", 5, {"rate": Decimal(19)}, client=7)
    (call,) = _update(rule, observed, Edit("rate", Decimal(19), Decimal("20.00")))

    assert (call.func, call.effect) == ("account.taxrule.edit", Effect.EDIT)
    assert _sent(call) == {"plid": "7", "elid": "5", "sok": "ok", "taxrate": "20"}


@pytest.mark.parametrize(
    ("kind", "edit", "params"),
    [
        ("Client", Edit("excludeFromStatistics", before=True, after=False), {"nocalcstat": "off"}),
        ("Client", Edit("note", "x", ""), {"note": ""}),
        ("Client", Edit("country", None, Choice("81", "Germany")), {"country": "81"}),
        (
            "Client",
            Edit("password", None, Secret("env", ("A",))),
            {"passwd": Secret("env", ("A",)), "confirm": Secret("env", ("A",))},
        ),
        (
            "TaxRule",
            Edit("productTypes", frozenset(), frozenset({Choice("3", "VDS")})),
            {"specialitemtype": "on", "itemtype": "3"},
        ),
        (
            "TaxRule",
            Edit("productTypes", frozenset({Choice("3", "VDS")}), frozenset()),
            {"specialitemtype": "off"},
        ),
        ("ClientAccount", Edit("creditLimit", Decimal(0), Decimal(5)), {"creditlimit": "5"}),
        ("ClientAccount", Edit("referredBy", None, Ref("Client", "id", "8")), {"referer": "8"}),
        ("Service", Edit("autoRenewMonths", 1, None), {"autoprolong": "null"}),
        ("Service", Edit("domain", "b.example", "a.example"), {"domain": "a.example"}),
        ("Service", Edit("username", "u1", "u2"), {"username": "u2"}),
        ("Service", Edit("marker", None, "git:shop/x/1"), {"remoteid": "git:shop/x/1"}),
        ("Discount", Edit("to", date(2026, 1, 1), None), {"todate": ""}),
        ("Discount", Edit("priority", 0, -1), {"priority": "-1"}),
    ],
)  # fmt: skip
def test_edit_is_written_as_the_panel_takes_it(
    kind: str, edit: Edit, params: Mapping[str, object]
) -> None:
    """Flags aloud, texts cleared by emptiness, selects by ``null``, switches with their fields."""
    specs: dict[str, dict[str, object]] = {
        "Client": {"email": "a@b.example"},
        "TaxRule": {"client": "acme", "provider": Choice("1", "M")},
        "ClientAccount": {
            "client": "acme",
            "provider": Choice("1", "M"),
            "currency": Choice("2", "E"),
        },
        "Service": SERVICE,
        "Discount": {"client": "acme"},
    }
    child = kind_of(kind).scope == "elid"
    client = None if kind == "Client" else 7
    variant = "vds" if kind == "Service" else ""
    observed = live(kind, 5, {}, client=client, variant=variant, marker=MARK)
    (call,) = _update(declare(kind, "x", specs[kind]), observed, edit)

    assert _sent(call) == {"elid": "5", "sok": "ok", **({"plid": "7"} if child else {}), **params}


def test_update_of_another_field_of_a_discount_leaves_its_note_alone() -> None:
    """Nor is the marker sent again: what a person wrote beside it stays."""
    spring = declare("Discount", "spring", {"client": "acme", "percentage": 15})
    (call,) = _update(spring, _discount("by hand"), Edit("percentage", Decimal(10), Decimal(15)))

    assert _sent(call) == {"plid": "7", "elid": "5", "sok": "ok", "percentage": "15"}


@pytest.mark.parametrize(
    ("note", "text"),
    [
        ("new", f"new [{MARK}]"),
        ("", f"[{MARK}]"),
        ("a [git:x/y]", f"a [git:x/y] [{MARK}]"),
    ],
)
def test_new_note_keeps_the_marker(note: str, text: str) -> None:
    """Text that looks like a marker is text; ours stands behind it."""
    spring = declare("Discount", "spring", {"client": "acme", "note": note})
    (call,) = _update(spring, _discount("old"), Edit("note", "old", note))

    assert _sent(call)["note"] == text


def test_marker_is_put_behind_the_note_that_is_there() -> None:
    """Adopting a discount keeps what staff wrote."""
    spring = declare("Discount", "spring", {"client": "acme"})
    (call,) = _update(spring, _discount("by hand", None), Edit("marker", None, MARK))

    assert _sent(call) == {"plid": "7", "elid": "5", "sok": "ok", "note": f"by hand [{MARK}]"}


@pytest.mark.parametrize(
    ("charge", "effect", "extra"),
    [(True, Effect.CHARGE, {"skipbasket": "on"}), (False, Effect.EDIT, {})],
)
def test_add_ons_go_in_a_call_of_their_own(
    charge: bool,  # noqa: FBT001 - a column of the table
    effect: Effect,
    extra: dict[str, str],
) -> None:
    """Fields that cost nothing are not drawn into a charge."""
    web = declare("Service", "web", {**SERVICE, "addons": {"7": 6}, "ip": "10.0.0.1"})
    edits = (Edit("ip", "10.0.0.2", "10.0.0.1"), Edit("addons.7", "5", "6"))
    plain, paid = _update(web, _web(), *edits, charge=charge)

    assert _sent(plain) == {"elid": "5", "sok": "ok", "ip": "10.0.0.1"}
    assert _sent(paid) == {"elid": "5", "sok": "ok", "addon_7": "6", **extra}
    assert (plain.effect, paid.effect) == (Effect.EDIT, effect)


def test_members_of_a_side_list_are_switched_one_by_one() -> None:
    """On what is wanted and off, off what is on and not wanted, nothing else."""
    before = frozenset({Choice("1", "Gold"), Choice("2", "Silver")})
    after = frozenset({Choice("2", "Silver"), Choice("3", "Bronze")})
    desired = declare("Client", "acme", {"email": "a@b.example", "groups": list(after)})
    calls = _update(desired, live("Client", 7, {}), Edit("groups", before, after))

    assert [(c.func, c.param("elid"), c.param("plid"), c.effect) for c in calls] == [
        ("account.group.resume", "3", "7", Effect.ACTION),
        ("account.group.suspend", "1", "7", Effect.ACTION),
    ]


def test_unresolved_member_is_never_switched() -> None:
    """A label has no id to be switched by."""
    after = frozenset({Choice(None, "Gold")})
    desired = declare("Client", "acme", {"email": "a@b.example", "groups": ["Gold"]})
    with pytest.raises(CodecError):
        _update(desired, live("Client", 7, {}), Edit("groups", frozenset(), after))


@pytest.mark.parametrize(
    ("kind", "func", "parent"),
    [
        ("Client", "account.delete", None),
        ("Discount", "account.discount.delete", "7"),
        ("TaxRule", "account.taxrule.delete", "7"),
        ("CurrencyRate", "account.currencyrate.delete", "7"),
        ("Service", "vds.delete", None),
    ],
)
def test_delete_names_one_element(kind: str, func: str, parent: str | None) -> None:
    """And its parent, where the panel asks for it."""
    observed = live(
        kind,
        5,
        {},
        client=None if kind == "Client" else 7,
        variant="vds" if kind == "Service" else "",
    )
    (call,) = delete_calls(kind_of(kind), observed)

    assert (call.func, call.effect) == (func, Effect.DELETE)
    assert (call.param("elid"), call.param("plid")) == ("5", parent)


@pytest.mark.parametrize(
    ("kind", "off", "func", "parent"),
    [
        ("Service", True, "vds.suspend", None),
        ("Service", False, "vds.resume", None),
        ("ClientAccount", True, "subaccount.suspend", "7"),
        ("ClientAccount", False, "subaccount.resume", "7"),
    ],
)
def test_switch_has_a_function_for_each_way(
    kind: str,
    off: bool,  # noqa: FBT001 - a column of the table
    func: str,
    parent: str | None,
) -> None:
    """It acts on one element, at once."""
    observed = live(kind, 5, {}, client=7, variant="vds" if kind == "Service" else "")
    (call,) = switch_calls(kind_of(kind), observed, off=off)

    assert (call.func, call.effect) == (func, Effect.ACTION)
    assert (call.param("elid"), call.param("plid")) == ("5", parent)


def test_renewal_is_for_one_period_and_charges() -> None:
    """The declared period, or else the one that was ordered."""
    declared = declare("Service", "web", {**SERVICE, "periodMonths": 3})
    silent = declare("Service", "web", SERVICE)
    for desired, months in ((declared, "3"), (silent, "12")):
        change = Change(desired.address, "renew", desired=desired)
        (call,) = renew_calls(kind_of("Service"), change, _web(periodMonths=12))
        assert (call.func, call.effect) == ("service.prolong", Effect.CHARGE)
        assert _sent(call) == {"elid": "5", "period": months, "skipbasket": "on", "sok": "ok"}


def test_renewal_by_an_unknown_period_is_refused() -> None:
    """A period that is left out would be chosen by the panel."""
    desired = declare("Service", "web", SERVICE)
    with pytest.raises(CodecError, match="period"):
        renew_calls(kind_of("Service"), Change(desired.address, "renew", desired=desired), _web())
