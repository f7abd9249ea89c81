"""What stands around the data of an answer: attributes, companions, buttons, texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import pytest

from reconciler.sandbox import Install, Sandbox, seed
from tests.support.sandbox_client import (
    Client,
    Clock,
    error,
    is_ok,
    new_client,
    order,
    parse,
    rows,
    service,
    terms,
)

if TYPE_CHECKING:
    from pathlib import Path

NewId = Literal["usual", "id", "table", "both", "none"]
# What a captured answer to a client's `whoami` says of the user, and a captured row of payments.
WHOAMI = {
    *("realname", "level", "hostname", "lang", "name", "id", "account", "email", "email_verified"),
    *("phone", "avatar", "avatar_src", "timezone", "need_email_validate", "need_phone_validate"),
    *("account_regdate", "balance", "currency", "currency_id", "allowsuspenditem"),
    *("allowdeleteitem", "ignoreitemmax", "ignoreabuserate"),
}
PAYMENT = {
    *("docflow_pdf_status", "store_payment", "paymethodamount_iso", "subaccountamount_iso"),
    *("sender_name", "paymethod_name", "create_date", "pay_date", "allowrefund", "refund"),
    *("real_status", "status", "number", "paymethod_module", "id", "create_date_l"),
    *("create_date_s", "create_date_locale_time", "pay_date_l", "pay_date_s"),
    "pay_date_locale_time",
}


def ask_json(panel: Sandbox, func: str, out: str, **params: str) -> Any:  # noqa: ANN401 - any JSON
    """Read an answer in one of the JSON formats."""
    return json.loads(panel.call(func, out=out, **params))


def paid(panel: Sandbox, client: Client) -> str:
    """Give a client a payment that is paid."""
    made = panel.call("payment.edit", plid=client.id, subaccountamount="50", sok="ok")
    number = parse(made).findtext("id") or ""
    panel.call("payment.setpaid", elid=number)
    return number


@pytest.mark.parametrize("out", ["json", "sjson", "xjson"])
def test_texts_come_by_their_names_in_json(panel: Sandbox, client: Client, out: str) -> None:
    """Those of columns and of fields, the titles of add-ons among them."""
    given = terms(panel, client)
    form = ask_json(panel, "vds.order.param", out, su=client.email, **given)["doc"]
    listed = ask_json(panel, "country", out)["doc"]

    addons = [name for name in form if name.startswith("addon_")]
    titles = {form["messages"]["msg"][name]["$"] for name in addons}
    assert titles == {"Memory, GB", "Addresses"}
    assert listed["messages"]["$name"] == "country"
    assert listed["messages"]["msg"]["name"] == {"$": "Name"}


def test_texts_are_a_list_in_bjson(panel: Sandbox, client: Client) -> None:
    """Each with its name."""
    form = ask_json(panel, "vds.order.param", "bjson", su=client.email, **terms(panel, client))
    titles = {each["name"]: each["msg"] for each in form["messages"]}

    addons = [name for name in form["model"] if name.startswith("addon_")]
    assert {titles[name] for name in addons} == {"Memory, GB", "Addresses"}
    assert ask_json(panel, "vds", "bjson") == {"elem": []}


def test_buttons_of_a_list_stand_in_groups(panel: Sandbox) -> None:
    """Below the toolbar, never in it."""
    bar = parse(panel.call("country", out="devel")).find("metadata/toolbar")

    assert bar is not None
    assert {each.tag for each in bar} == {"toolgrp"}
    assert [each.get("func") for each in bar.iter("toolbtn")] == ["country.filter"]


def test_sum_in_a_form_says_how_it_is_written(panel: Sandbox, client: Client) -> None:
    """Check, mask and length, as a browser uses them."""
    root = parse(panel.call("payment.edit", plid=client.id, out="devel"))
    found = root.find(".//input[@name='subaccountamount']")

    assert found is not None
    assert (found.get("check"), found.get("maxlength")) == ("money", "13")
    assert found.get("mask") == "9{1,10}[.99]"


def test_user_is_reported_with_every_captured_value(panel: Sandbox, client: Client) -> None:
    """By default clients may neither delete nor suspend."""
    root = parse(panel.call("whoami", su=client.email))
    user = root.find("user")

    assert user is not None
    assert set(user.attrib) == WHOAMI
    assert (user.get("allowdeleteitem"), user.get("allowsuspenditem")) == ("off", "off")
    parts = {each.tag: each.get("type") for each in root.iterfind("version/*")}
    assert parts == {"billmgr": "release", "core": "release"}
    assert root.findtext("default_avatar") == user.get("avatar_src")


def test_payment_of_a_client_has_the_captured_columns(panel: Sandbox, client: Client) -> None:
    """No more and no less; a client does not get what only staff looks at."""
    paid(panel, client)

    (row,) = parse(panel.call("payment", su=client.email)).findall("elem")

    assert {each.tag for each in row} == PAYMENT
    status, method = row.find("status"), row.find("paymethod_name")
    assert status is not None
    assert method is not None
    assert status.attrib == {"color": "green", "orig": "4"}
    assert method.attrib == {"nolink": "yes"}
    assert row.findtext("real_status") == "4"
    (staff,) = rows(panel.call("payment"))
    assert staff.keys() >= {"account_name", "project", "recipient_name"}


def test_dates_are_spelled_out_beside_themselves(panel: Sandbox, client: Client) -> None:
    """In the caller's language; without a date they are empty."""
    paid(panel, client)
    panel.call("payment.edit", plid=client.id, subaccountamount="7", sok="ok")

    found = rows(panel.call("payment", lang="ru"))
    done, fresh = sorted(found, key=lambda row: row["status"])

    names = [f"pay_date_{ending}" for ending in ("l", "s", "locale_time")]
    assert [done[name] for name in names] == ["2 марта 2026 г.", "2 мар 2026 г.", "00:00"]
    assert [fresh[name] for name in names] == ["", "", ""]


def test_companions_are_in_rows_alone(panel: Sandbox, client: Client) -> None:
    """The description of the list and its texts leave them out, and so does a bare list."""
    paid(panel, client)
    root = parse(panel.call("payment", out="devel"))

    described = {each.get("name") for each in root.iterfind("metadata/coldata/col")}
    assert "status" in described
    assert not described & {"real_status", "create_date_l", "paymethod_module"}
    flat = ask_json(panel, "payment", "bjson")["elem"][0]
    assert (flat["status_color"], flat["status_orig"]) == ("green", "4")
    assert flat["paymethod_name_nolink"] == "yes"


@pytest.mark.parametrize("action", ["delete", "suspend", "resume"])
def test_client_touches_no_service_by_default(
    panel: Sandbox, client: Client, clock: Clock, action: str
) -> None:
    """Administrators do, and clients where the install lets them."""
    order(panel, client, remoteid="m-1", skipbasket="on")
    clock.forward(seconds=1)
    number = service(panel, "m-1")["id"]

    refused = panel.call(f"vds.{action}", elid=number, su=client.email)

    assert error(refused) == ("access", f"vds.{action}")
    assert service(panel, "m-1")["status"] == "2"
    assert is_ok(panel.call(f"vds.{action}", elid=number))


def test_install_lets_clients_delete_and_suspend(tmp_path: Path, clock: Clock) -> None:
    """And says so in ``whoami``."""
    path = tmp_path / "panel.sqlite3"
    seed(path, clients=12)
    install = Install(allow_delete_item=True, allow_suspend_item=True)
    with Sandbox(path, clock=clock, install=install) as panel:
        mine = next(row for row in rows(panel.call("vds")) if row["status"] == "2")
        owners = {row["id"]: row["email"] for row in rows(panel.call("account"))}
        login = owners[mine["account_id"]]
        user = parse(panel.call("whoami", su=login)).find("user")

        panel.call("vds.suspend", elid=mine["id"], su=login)
        states = {row["id"]: row["status"] for row in rows(panel.call("vds"))}

    assert user is not None
    assert (user.get("allowdeleteitem"), user.get("allowsuspenditem")) == ("on", "on")
    assert states[mine["id"]] == "3"


def test_service_row_has_a_name_and_a_bare_status(panel: Sandbox, client: Client) -> None:
    """The status is the code alone, without what is under way."""
    order(panel, client, remoteid="m-1", skipbasket="on")

    row = service(panel, "m-1")

    assert row["name"] == row["pricelist"]
    assert (row["status"], row["item_status@orig"]) == ("5", "5_open")


@pytest.mark.parametrize(
    ("how", "order_id"),
    [
        ("usual", {"item.id"}),
        ("id", {"id"}),
        ("table", {"item.id"}),
        ("both", {"id", "item.id"}),
        ("none", set()),
    ],
)
def test_order_tells_its_id_as_the_install_does(
    clock: Clock, how: NewId, order_id: set[str]
) -> None:
    """In XML and bjson alike."""
    with Sandbox(clock=clock) as panel:
        client = new_client(panel)
        panel.settings = type(panel.settings).of(Install(new_id=how))
        root = parse(order(panel, client, skipbasket="on"))
        flat = json.loads(order(panel, client, skipbasket="on", out="bjson"))

    assert {each.tag for each in root if each.tag.endswith("id")} == order_id
    assert {name for name in flat if name.endswith("id")} == order_id


def test_codes_can_stand_alone(clock: Clock) -> None:
    """As fixtures of other programs show a status: the code, without words beside it."""
    with Sandbox(clock=clock, install=Install(codes="bare")) as panel:
        client = new_client(panel)
        order(panel, client, skipbasket="on")
        clock.forward(seconds=1)
        paid(panel, client)
        (listed,) = rows(panel.call("vds"))
        (payment,) = rows(panel.call("payment"))
        (flat,) = ask_json(panel, "vds", "bjson")["elem"]

    assert (listed["item_status"], payment["status"], flat["item_status"]) == ("2", "4", "2")
    assert not [name for name in listed if name.endswith("@orig")]
    assert not [name for name in flat if name.endswith("_orig")]
    assert listed["pricelist"] == "Cloud S"


def test_order_can_be_answered_by_nothing(clock: Clock) -> None:
    """It was made all the same; a refused one says so."""
    with Sandbox(clock=clock, install=Install(order_answer="nothing")) as panel:
        client = new_client(panel)
        body = order(panel, client, skipbasket="on")
        refused = order(panel, client, skipbasket="on", period="7")
        made = rows(panel.call("vds"))

    assert {each.tag for each in parse(body)} == {"tparams", "saved_filters"}
    assert error(refused) == ("value", "period")
    assert len(made) == 1


def test_new_id_can_be_an_object_in_bjson(clock: Clock) -> None:
    """With its value under ``v``, in bjson alone."""
    with Sandbox(clock=clock, install=Install(bjson_ids="object", new_id="id")) as panel:
        client = new_client(panel)
        flat = json.loads(order(panel, client, skipbasket="on", out="bjson"))
        plain = parse(order(panel, client, skipbasket="on"))
        ids = {row["id"] for row in rows(panel.call("vds"))}

    assert {flat["id"]["v"], plain.findtext("id")} == ids


def test_list_inside_a_form_is_described_on_its_own_page(clock: Clock) -> None:
    """With its key and its columns, which are those of its rows."""
    with Sandbox(clock=clock, install=Install(orders="wizard")) as panel:
        client = new_client(panel)
        root = parse(panel.call("vds.order", su=client.email, out="devel"))

    found = root.find("metadata/form/page[@name='tariflist_page']/field/list")
    assert found is not None
    assert (found.get("name"), found.get("key")) == ("tariflist", "pricelist")
    columns = [each.get("name") for each in found]
    row = root.find("list[@name='tariflist']/elem")
    assert row is not None
    assert columns == [each.tag for each in row]


def test_payments_and_accounts_can_have_plainer_columns(clock: Clock) -> None:
    """Sums without their currency, as fixtures of other programs show them."""
    with Sandbox(clock=clock, install=Install(names="plain")) as panel:
        client = new_client(panel)
        paid(panel, client)
        (payment,) = rows(panel.call("payment", su=client.email))
        (account,) = rows(panel.call("subaccount", su=client.email))

    reported = {"paydate": "2026-03-02", "amount": "50.00"}
    assert payment.items() >= reported.items()
    assert payment["paymethodname"] in {"Card", "Bank transfer"}
    assert "pay_date" not in payment
    assert (account["balance"], account["currency"]) == ("50.00", "eur")
