"""Section 3 of the contract: lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import ADMIN, Install, Sandbox
from tests.support.sandbox_client import (
    Client,
    Clock,
    error,
    fields,
    new_client,
    order,
    parse,
    rows,
)

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTED = {
    "account": "elid name project balance account_status tz_registration_date status",
    "account.discount": "id idname name actiontype project discount_type period",
    "account.taxrule": "id type project company country taxrate itemtype",
    "account.currencyrate": "id currency_base rate ratedate",
    "subaccount": "id project balance creditlimit status",
    "account.group": "id name status",
    "account.project": "id name status",
}


def paging(body: bytes) -> tuple[str | None, ...]:
    """Read page size, page and total."""
    root = parse(body)
    return tuple(root.findtext(name) for name in ("p_cnt", "p_num", "p_elems"))


def euro_rate(panel: Sandbox, client: Client, day: str) -> None:
    """Give a client a rate on a day."""
    form = parse(panel.call("account.currencyrate.edit", plid=client.id))
    keys = [val.get("key", "") for val in form.findall("slist[@name='currency_base']/val")]
    panel.call(
        "account.currencyrate.edit",
        plid=client.id,
        currency_base=keys[0],
        currency_relate=keys[1],
        rate="92.5",
        ratedate=day,
        sok="ok",
    )


def test_rows_are_cut_at_a_thousand_without_paging(town: Path) -> None:
    """The total tells that there is more."""
    with Sandbox(town) as panel:
        answer = panel.call("account")

    assert len(rows(answer)) == 1000
    assert paging(answer) == ("1000", "1", "1200")


def test_pages_together_are_the_whole_list(town: Path) -> None:
    """No row twice, none left out."""
    with Sandbox(town) as panel:
        pages = [panel.call("account", p_cnt="500", p_num=str(n)) for n in (1, 2, 3, 4)]

    ids = [row["id"] for page in pages for row in rows(page)]
    assert len(ids) == len(set(ids)) == 1200
    assert [paging(page)[2] for page in pages] == ["1200"] * 4


def test_page_is_never_larger_than_the_install_allows(town: Path) -> None:
    """A larger wish is cut, and the answer says to what."""
    with Sandbox(town, install=Install(page=100)) as panel:
        answer = panel.call("account", p_cnt="5000")

    assert len(rows(answer)) == 100
    assert paging(answer)[0] == "100"


def test_page_borders_shift_when_a_row_goes(clock: Clock) -> None:
    """A delete between two pages hides a row from both."""
    with Sandbox(clock=clock) as panel:
        made = [new_client(panel, f"c{n}@example.com").id for n in range(4)]
        first = rows(panel.call("account", p_cnt="2", p_num="1"))
        panel.call("account.delete", elid=made[3])
        second = rows(panel.call("account", p_cnt="2", p_num="2"))

    assert [row["id"] for row in first + second] == [made[3], made[2], made[0]]


def test_empty_list_has_no_elem(panel: Sandbox, client: Client) -> None:
    """The total is zero, or is not given at all."""
    whole = panel.call("vds")
    child = panel.call("account.discount", elid=client.id)

    assert rows(whole) == rows(child) == []
    assert paging(whole)[2] == "0"
    assert paging(child)[2] is None


@pytest.mark.parametrize(("func", "names"), DOCUMENTED.items())
def test_documented_columns_can_be_all_there_are(clock: Clock, func: str, names: str) -> None:
    """An install may carry no column beyond those the vendor lists."""
    with Sandbox(clock=clock, install=Install(columns="documented")) as panel:
        client = new_client(panel)
        euro_rate(panel, client, "2026-01-01")
        panel.call("account.discount.edit", plid=client.id, percentage="5", sok="ok")
        panel.call("account.taxrule.edit", plid=client.id, taxrate="5", sok="ok")
        own = {} if func == "account" else {"elid": client.id}
        row = next(iter(parse(panel.call(func, **own)).findall("elem")))

    assert [each.tag for each in row] == names.split()


def test_clients_carry_id_and_email_on_a_full_install(panel: Sandbox, client: Client) -> None:
    """Captured lists carry `id` where documents say `elid`."""
    (row,) = rows(panel.call("account"))

    assert row["id"] == row["elid"] == client.id
    assert row["email"] == client.email
    assert row["balance"] == "0.00 EUR"


def test_codes_stand_in_an_attribute(panel: Sandbox, client: Client) -> None:
    """The text follows the language, the code does not."""
    english = rows(panel.call("subaccount", elid=client.id))[0]
    russian = rows(panel.call("subaccount", elid=client.id, lang="ru"))[0]

    assert english["status"] != russian["status"]
    assert english["status@orig"] == russian["status@orig"] == "active"


def test_discount_rows_carry_two_different_ids(panel: Sandbox, client: Client) -> None:
    """`id` is not what form and removal take, and may be a neighbour's `idname`."""
    for share in ("5", "10"):
        panel.call("account.discount.edit", plid=client.id, percentage=share, sok="ok")
    second, first = rows(panel.call("account.discount", elid=client.id))

    assert first["id"] != first["idname"]
    assert first["idname"] == second["id"]
    opened = panel.call("account.discount.edit", plid=client.id, elid=first["idname"])
    assert fields(opened)["percentage"] == "5.00"


def test_child_list_of_an_unknown_parent_is_missed(panel: Sandbox) -> None:
    """Without a parent there is no list."""
    assert error(panel.call("account.taxrule"))[0] == "missed"
    assert error(panel.call("account.taxrule", elid="4242"))[0] == "missed"


def test_filter_of_one_call_holds_for_that_call(panel: Sandbox) -> None:
    """Rows and total are those of the filter, and the next call is whole again."""
    new_client(panel, "one@example.com")
    new_client(panel, "two@example.com")

    cut = panel.call("account", filter="on", email="two@example.com")

    assert [row["email"] for row in rows(cut)] == ["two@example.com"]
    assert paging(cut)[2] == "1"
    assert len(rows(panel.call("account"))) == 2


def test_saved_filter_sticks_and_says_so(panel: Sandbox) -> None:
    """It hides rows of every later call of that user until it is taken off."""
    new_client(panel, "one@example.com")
    new_client(panel, "two@example.com")
    panel.call("account.filter", email="two@example.com", sok="ok", su=ADMIN)

    hidden = panel.call("account", su=ADMIN)
    signs = [(node.get("name"), node.text) for node in parse(hidden).findall("p_filter")]

    assert [row["email"] for row in rows(hidden)] == ["two@example.com"]
    assert signs == [("email", "two@example.com")]
    assert len(rows(panel.call("account", su="root"))) == 2
    panel.call("account.filter", sok="ok", su=ADMIN)
    assert len(rows(panel.call("account", su=ADMIN))) == 2


def test_opening_a_filter_saves_nothing(panel: Sandbox) -> None:
    """Without `sok` it is a form."""
    new_client(panel)
    panel.call("account.filter", email="nobody", su=ADMIN)

    assert len(rows(panel.call("account", su=ADMIN))) == 1


def test_client_filter_shortens_other_lists_without_a_sign(panel: Sandbox) -> None:
    """Rows and totals shrink alike, so that the total proves nothing."""
    one, two = new_client(panel, "one@example.com"), new_client(panel, "two@example.com")
    order(panel, one, remoteid="first")
    order(panel, two, remoteid="second")

    panel.call("account.setfilter", elid=one.id, su=ADMIN)

    hidden = panel.call("vds", su=ADMIN)
    assert [row["remoteid"] for row in rows(hidden)] == ["first"]
    assert paging(hidden)[2] == "1"
    assert parse(hidden).find("p_filter") is None
    assert len(rows(panel.call("account", su=ADMIN))) == 2


def test_client_sees_own_rows_alone(panel: Sandbox) -> None:
    """Lists are cut to the caller's rights."""
    one, two = new_client(panel, "one@example.com"), new_client(panel, "two@example.com")
    order(panel, one, remoteid="first")
    order(panel, two, remoteid="second")

    assert [row["remoteid"] for row in rows(panel.call("vds", su=one.email))] == ["first"]
    assert len(rows(panel.call("vds"))) == 2


def test_rates_carry_units_on_some_installs(clock: Clock) -> None:
    """A list may print a percent sign or a currency beside a rate."""
    with Sandbox(clock=clock, install=Install(units=True)) as panel:
        client = new_client(panel)
        euro_rate(panel, client, "2026-01-01")
        panel.call("account.taxrule.edit", plid=client.id, taxrate="19", sok="ok")
        (tax,) = rows(panel.call("account.taxrule", elid=client.id))
        (rate,) = rows(panel.call("account.currencyrate", elid=client.id))

    assert tax["taxrate"] == "19.00%"
    assert rate["rate"].startswith("92.5000 ")


@pytest.mark.parametrize(
    "func",
    ["project", "pricelist", "datacenter", "country", "currency", "accountgroup", "employee"],
)
def test_lookups_list_what_manifests_refer_to(panel: Sandbox, func: str) -> None:
    """Each has ids and names, the ids different from install to install."""
    listed = rows(panel.call(func))

    assert listed
    assert all(row["id"] and row["name"] for row in listed)
