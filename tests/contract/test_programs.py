"""Functions that other people's programs call, one test a function of theirs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import ADMIN, CLIENT_PASSPHRASE, PASSPHRASE, Install, Sandbox, ledger, seed
from tests.support.sandbox_client import (
    Client,
    Clock,
    ask,
    error,
    fields,
    is_ok,
    new_client,
    options,
    order,
    parse,
    rows,
    service,
    sign_in,
)

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "anvil-4711"


def as_client(panel: Sandbox, client: Client, func: str, **given: str) -> bytes:
    """Send a request over HTTP with a client's password."""
    known = {"out": "xml", "authinfo": f"{client.email}:{PASSWORD}"}
    return ask(panel, **{**known, "func": func, **given}).body


def licence(panel: Sandbox, client: Client, **given: str) -> bytes:
    """Order a licence as a reseller's program does."""
    tariffs = rows(panel.call("pricelist"))
    tariff = next(row["id"] for row in tariffs if row["name"] == "Panel Host")
    wanted = {"pricelist": tariff, "period": "1", "ip": "198.51.100.7", "licname": "lic.example"}
    steer = {"sok": "ok", "skipbasket": "on", "clicked_button": "finish", "autoprolong": "null"}
    return as_client(panel, client, "soft.order.param", **{**wanted, **steer, **given})


def test_licence_is_ordered_without_a_place(panel: Sandbox, client: Client, clock: Clock) -> None:
    """With an address and a name; the panel makes its key."""
    answer = licence(panel, client, remoteid="l7")
    number = parse(answer).findtext("item.id") or ""
    clock.forward(seconds=1)

    (row,) = rows(as_client(panel, client, "soft"))
    form = fields(as_client(panel, client, "soft.edit", elid=number))

    assert is_ok(answer)
    assert (row["id"], row["licname"], row["ip"]) == (number, "lic.example", "198.51.100.7")
    assert "datacenter" not in row
    assert row["lickey"].startswith(f"{number}-")
    reported = {"id": number, "name": "Panel Host", "pricelist_name": "Panel Host", "status": "2"}
    reported |= {"licname": "lic.example", "lickey": row["lickey"], "remoteid": "l7"}
    assert form.items() >= reported.items()
    assert [(each.what, each.remoteid) for each in ledger(panel)] == [("order", "l7")]


def test_licence_is_edited_and_gets_a_new_key(panel: Sandbox, client: Client) -> None:
    """Name and address change; the button for a new key answers with it."""
    number = parse(licence(panel, client)).findtext("item.id") or ""
    old = fields(as_client(panel, client, "soft.edit", elid=number))["lickey"]

    as_client(panel, client, "soft.edit", elid=number, licname="free.lic", ip="192.0.2.1", sok="ok")
    renewed = as_client(panel, client, "soft.edit", elid=number, clicked_button="newkey", sok="ok")

    form = fields(as_client(panel, client, "soft.edit", elid=number))
    assert (form["licname"], form["ip"]) == ("free.lic", "192.0.2.1")
    assert parse(renewed).findtext("lickey") == form["lickey"] != old


def test_licence_is_suspended_resumed_and_deleted(
    panel: Sandbox, client: Client, clock: Clock
) -> None:
    """Like any service."""
    number = parse(licence(panel, client)).findtext("item.id") or ""
    clock.forward(seconds=1)
    seen = []
    for action in ("suspend", "resume", "delete"):
        assert is_ok(panel.call(f"soft.{action}", elid=number, sok="ok"))
        clock.forward(seconds=1)
        seen += [row["status"] for row in rows(panel.call("soft"))]

    assert seen == ["3", "2", "4"]


def test_licence_is_among_what_can_be_ordered(clock: Clock) -> None:
    """The step before the form offers tariffs and periods, and no data centre."""
    with Sandbox(clock=clock, install=Install(orders="wizard")) as panel:
        client = new_client(panel)
        root = parse(as_client(panel, client, "soft.order"))

    offered = {elem.findtext("desc") for elem in root.iterfind("list/elem")}
    assert offered == {"Panel Lite", "Panel Host"}
    assert [each.get("name") for each in root.iterfind("slist")] == ["period"]


@pytest.mark.parametrize("kind", ["domain", "certificate"])
def test_types_that_are_not_sold_are_empty_lists(panel: Sandbox, client: Client, kind: str) -> None:
    """They are there, and hold nothing."""
    assert parse(as_client(panel, client, kind)).find("elem") is None
    assert error(as_client(panel, client, kind)) == ("", "")
    assert json.loads(as_client(panel, client, kind, out="bjson")) == {"elem": []}


def test_users_are_listed_found_and_edited(panel: Sandbox, client: Client) -> None:
    """The user has an id of his own; address and password are his."""
    operator = {"out": "xml", "authinfo": f"{ADMIN}:{PASSPHRASE}"}
    wanted = {"by": "email", "text": client.email.upper(), "level": "16"}

    (found,) = rows(ask(panel, func="user.lookup", **operator, **wanted).body)
    listed = {row["name"]: row["id"] for row in rows(ask(panel, func="user", **operator).body)}
    new = {"email": "new@example.com", "passwd": "Hammer-1", "confirm": "Hammer-1"}
    changed = ask(panel, func="user.edit", elid=found["id"], sok="ok", **new, **operator)

    assert listed[client.email] == found["id"] != client.id
    assert is_ok(changed.body)
    assert sign_in(panel, "new@example.com", "Hammer-1")
    assert fields(panel.call("account.edit", elid=client.id))["email"] == "new@example.com"


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        ({"by": "shoe", "text": "x"}, "by"),
        ({"by": "email"}, "text"),
        ({"by": "email", "text": "x", "level": "high"}, "level"),
    ],
)
def test_look_up_that_asks_for_nothing_is_refused(
    panel: Sandbox, given: dict[str, str], subject: str
) -> None:
    """Field, text and level are checked; a level that no user has gives an empty list."""
    assert error(panel.call("user.lookup", **given)) == ("value", subject)
    assert rows(panel.call("user.lookup", by="email", text="o'x@example.com")) == []


def test_user_sees_and_changes_himself_alone(panel: Sandbox, client: Client) -> None:
    """Another client's user is missed, a taken address and two passwords are refused."""
    other = new_client(panel, "other@example.com")
    ids = {row["name"]: row["id"] for row in rows(panel.call("user"))}

    assert [row["name"] for row in rows(as_client(panel, client, "user"))] == [client.email]
    for other_id in (ids[other.email], ids[ADMIN], "0", "x"):
        assert error(as_client(panel, client, "user.edit", elid=other_id)) == ("missed", "user")
    own = {"elid": ids[client.email], "sok": "ok"}
    taken = as_client(panel, client, "user.edit", email=other.email, **own)
    apart = as_client(panel, client, "user.edit", passwd="a", confirm="b", **own)
    assert (error(taken), error(apart)) == (("exists", "user"), ("value", "confirm"))


def test_own_settings_are_opened_and_kept(panel: Sandbox, client: Client) -> None:
    """The user who asks is meant; the password stays where only another field changes."""
    form = fields(as_client(panel, client, "usrparam"))
    as_client(panel, client, "usrparam", realname="Ann", lang="ru", sok="ok")

    again = fields(as_client(panel, client, "usrparam"))
    assert form["email"] == again["email"] == client.email
    assert again["realname"] == "Ann"
    assert parse(panel.call("user", su=client.email, lang="")).get("lang") == "en"
    assert error(panel.call("usrparam"))[0] == "access"


def test_address_changes_and_the_password_stays(panel: Sandbox, client: Client) -> None:
    """By the client's form as well as by the user's."""
    panel.call("account.edit", elid=client.id, email="moved@example.com", sok="ok")

    assert sign_in(panel, "moved@example.com", PASSWORD)


def test_client_lists_his_charges(panel: Sandbox, client: Client) -> None:
    """His own, with what was taken."""
    other = new_client(panel, "other@example.com")
    order(panel, client, skipbasket="on")
    order(panel, other, skipbasket="on")

    (row,) = rows(as_client(panel, client, "expense"))

    assert row["amount"] == "5.00 EUR"
    assert len(rows(panel.call("expense"))) == 2


def test_password_of_a_service_is_changed(panel: Sandbox, client: Client) -> None:
    """One's own service; without a password, or with two, nothing happens."""
    order(panel, client, remoteid="m-1")
    other = new_client(panel, "other@example.com")
    own = {"elid": service(panel, "m-1")["id"], "sok": "ok"}
    func = "service.changepassword"

    assert is_ok(as_client(panel, client, func, passwd="Hammer-1", confirm="Hammer-1", **own))
    assert error(as_client(panel, client, func, **own)) == ("value", "passwd")
    twice = as_client(panel, client, func, passwd="a", confirm="b", **own)
    assert error(twice) == ("value", "confirm")
    refused = as_client(panel, other, func, passwd="a", **own)
    assert error(refused) == ("missed", "service")


def test_call_keeps_a_session_alive(panel: Sandbox, client: Client, clock: Clock) -> None:
    """An answer of ok, and another hour."""
    session = sign_in(panel, client.email, PASSWORD)
    for _ in range(3):
        clock.forward(minutes=50)
        assert is_ok(ask(panel, func="keepalive", auth=session, out="xml").body)


def test_balances_and_discounts_are_the_callers_own(panel: Sandbox, client: Client) -> None:
    """Without ``elid``; another client's are not among them."""
    other = new_client(panel, "other@example.com")
    for each, share in ((client, "5"), (other, "7")):
        panel.call("account.discount.edit", plid=each.id, percentage=share, sok="ok")

    (balance,) = rows(as_client(panel, client, "dashboard.info"))
    (discount,) = rows(as_client(panel, client, "account.discountinfo"))

    assert (balance["balance"], balance["currency"]) == ("0.00 EUR", "EUR")
    assert discount["name"].startswith("5.00%")


def test_details_of_a_tariff_are_its_parts(panel: Sandbox, client: Client) -> None:
    """For every user who can order it."""
    tariffs = {row["name"]: row["id"] for row in rows(panel.call("pricelist"))}

    parts = rows(as_client(panel, client, "pricelist.detail", elid=tariffs["Cloud S"]))

    assert {row["name"] for row in parts} == {"Memory, GB", "Addresses"}
    hidden = as_client(panel, client, "pricelist.detail", elid=tariffs["Cloud L"])
    assert (
        error(hidden)
        == error(panel.call("pricelist.detail", elid="0"))
        == (
            "missed",
            "pricelist",
        )
    )


def test_service_of_any_type_is_suspended_by_its_id(
    panel: Sandbox, client: Client, clock: Clock
) -> None:
    """With the rights that its type's own function asks for."""
    order(panel, client, remoteid="m-1", skipbasket="on")
    clock.forward(seconds=1)
    number = service(panel, "m-1")["id"]

    assert error(as_client(panel, client, "service.suspend", elid=number))[0] == "access"
    for action, status in (("suspend", "3"), ("resume", "2")):
        assert is_ok(panel.call(f"service.{action}", elid=number))
        assert service(panel, "m-1")["status"] == status


def test_payment_needs_a_sum_and_a_method(panel: Sandbox, client: Client) -> None:
    """Without them nothing is made, whatever else the request says."""
    strange = {"billorder": "999999", "clicked_button": "fromsubaccount", "sok": "ok"}
    method = next(
        iter(options(as_client(panel, client, "payment.add.method"), "paymethod").values())
    )

    assert error(as_client(panel, client, "payment.add", **strange)) == ("value", "billorder")
    assert error(as_client(panel, client, "payment.add", sok="ok")) == ("value", "amount")
    for given, subject in (
        ({"amount": "5"}, "paymethod"),
        ({"amount": "0", "paymethod": method}, "amount"),
        ({"amount": "5", "paymethod": "0"}, "paymethod"),
        ({"amount": "5", "paymethod": method, "payment_currency": "0"}, "payment_currency"),
    ):
        answer = as_client(panel, client, "payment.add", sok="ok", **given)
        assert error(answer) == ("value", subject)
    assert rows(panel.call("payment")) == []


@pytest.mark.parametrize(
    ("func", "confirms"), [("payment.add", "sok"), ("payment.add.method", "snext")]
)
def test_payment_is_made_unpaid_and_leads_to_its_page(
    panel: Sandbox, client: Client, func: str, confirms: str
) -> None:
    """With its id, a row of status 1, an address to go to, and no money moved."""
    methods = options(as_client(panel, client, "payment.add.method"), "paymethod")
    given = {"amount": "50", "paymethod": methods["Card"], confirms: "ok"}

    answer = parse(as_client(panel, client, func, **given))

    (row,) = rows(panel.call("payment"))
    reported = {answer.findtext("id"), answer.findtext("payment_id")}
    assert reported == {row["id"]}
    assert (row["status@orig"], row["subaccountamount_iso"]) == ("1", "50.00 EUR")
    ok = answer.find("ok")
    assert ok is not None
    assert ok.attrib == {"type": "url", "on_blank_redirect_action": "func=payment"}
    assert ok.text == f"/mancgi/payment?elid={row['id']}"
    assert answer.find("doc") is not None
    assert rows(panel.call("subaccount", elid=client.id))[0]["balance"] == "0.00 EUR"


def test_waiting_order_is_paid_from_the_balance(panel: Sandbox, client: Client) -> None:
    """The one that is named, and no other."""
    first = parse(order(panel, client, remoteid="m-1")).findtext("billorder") or ""
    order(panel, client, remoteid="m-2")
    other = new_client(panel, "other@example.com")
    paying = {"billorder": first, "clicked_button": "fromsubaccount", "sok": "ok"}

    refused = as_client(panel, other, "payment.add", **paying)
    answer = as_client(panel, client, "payment.add", **paying)

    assert error(refused) == ("value", "billorder")
    assert is_ok(answer)
    assert [each.remoteid for each in ledger(panel)] == ["m-1"]


def test_payments_begin_with_a_choice_of_methods(panel: Sandbox, client: Client) -> None:
    """Unconfirmed it names the next form, which offers methods and the client's currencies."""
    first = parse(as_client(panel, client, "payment.add"))
    form = as_client(panel, client, "payment.add.method")

    assert first.findtext("ok") == "func=payment.add.method"
    assert options(form, "payment_currency").keys() == {"EUR"}
    assert options(form, "paymethod").keys() == {"Card", "Bank transfer"}
    assert error(panel.call("payment.add"))[0] == "access"


def test_seeded_client_calls_all_of_them(tmp_path: Path, clock: Clock) -> None:
    """None is missed, and none is refused for want of a right."""
    path = tmp_path / "panel.sqlite3"
    seed(path, clients=3)
    with Sandbox(path, clock=clock) as panel:
        email = rows(panel.call("account"))[0]["email"]
        known = {"out": "xml", "authinfo": f"{email}:{CLIENT_PASSPHRASE}"}
        wanted = (
            "soft",
            "user",
            "expense",
            "keepalive",
            "usrparam",
            "dashboard.info",
            "domain",
            "certificate",
            "account.discountinfo",
            "subaccount",
            "payment",
            "soft.order",
            "totp.confirm",
        )
        refused = {func: error(ask(panel, func=func, **known).body) for func in wanted}

    assert set(refused.values()) == {("", "")}
