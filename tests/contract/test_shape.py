"""How installations write what they hold: numbers, texts, options, order, and what they hide."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sandbox.install import Money
from tests.support.installs import panel_of
from tests.support.sandbox_client import (
    Client,
    error,
    fields,
    is_ok,
    new_client,
    options,
    order,
    order_form,
    parse,
    rows,
    service,
    tariffs,
)

if TYPE_CHECKING:
    from reconciler.sandbox import Sandbox
    from tests.support.sandbox_client import Clock

DOTS = Money(decimal=",", thousands=".")
SHORT = Money(decimal=",", thousands=".", decimals="needed")
BLANKS = Money(decimal=".", thousands=" ")
HARD = Money(decimal=",", thousands="\u00a0")


def filled(panel: Sandbox) -> Client:
    """Make a client with something in every field of his that this suite looks at."""
    client = new_client(panel, credit="6900")
    panel.call("account.edit", elid=client.id, realname="Wile", note="Mind", sok="ok")
    panel.call("account.taxrule.edit", plid=client.id, taxrate="7.5", sok="ok")
    return client


@pytest.mark.parametrize(
    ("money", "limit", "rate"),
    [
        (Money(), "6900.00 EUR", "7.50"),
        (DOTS, "6.900,00 EUR", "7,50"),
        (SHORT, "6.900 EUR", "7,50"),
        (BLANKS, "6 900.00 EUR", "7.50"),
        (HARD, "6\u00a0900,00 EUR", "7,50"),
    ],
)
def test_numbers_have_the_shape_of_the_installation(money: Money, limit: str, rate: str) -> None:
    """In lists with their currency, in forms without, and texts are no numbers."""
    with panel_of(money=money) as panel:
        client = filled(panel)
        panel.call("account.edit", elid=client.id, note="1234.50", sok="ok")
        (account,) = rows(panel.call("subaccount", elid=client.id))
        (rule,) = rows(panel.call("account.taxrule", elid=client.id))
        form = fields(panel.call("subaccount.edit", plid=client.id, elid=account["id"]))
        note = fields(panel.call("account.edit", elid=client.id))["note"]

    assert account["creditlimit"] == limit
    assert form["creditlimit"] == limit.removesuffix(" EUR")
    assert rule["taxrate"] == rate
    assert note == "1234.50"


@pytest.mark.parametrize("money", [DOTS, SHORT, BLANKS, HARD])
def test_prices_have_the_shape_of_the_installation(clock: Clock, money: Money) -> None:
    """The order form, the list, both its amounts, and the expense."""
    with panel_of(clock=clock, money=money) as panel:
        client = filled(panel)
        tariff = tariffs(panel, client, "dedic")
        form = fields(
            order_form(panel, client, "dedic", pricelist=tariff["Server E3"], period="36")
        )
        order(
            panel,
            client,
            "dedic",
            pricelist=tariff["Server E3"],
            period="36",
            remoteid="m",
            skipbasket="on",
        )
        row = service(panel, "m", "dedic")
        (expense,) = rows(panel.call("subaccount.expense", elid=client.id))

    gap, dot = money.thousands, money.decimal
    rest = "" if money.decimals == "needed" else f"{dot}00"
    assert form["cost"] == expense["amount"] == f"2{gap}124{rest} EUR"
    assert row["cost"] == f"2{gap}124{rest} EUR / Three years"
    assert row["item_cost"] == f"2{gap}124{rest and f'{dot}0000'}"
    assert row["id"].isdecimal()


@pytest.mark.parametrize("money", [DOTS, SHORT, BLANKS, HARD])
def test_form_reads_back_what_it_shows(money: Money) -> None:
    """A number that is sent as it was read changes nothing, a plain one is taken as well."""
    with panel_of(money=money) as panel:
        client = filled(panel)
        given = {"plid": client.id, "elid": client.subaccount}
        shown = fields(panel.call("subaccount.edit", **given))["creditlimit"]
        panel.call("subaccount.edit", **given, creditlimit=shown, sok="ok")
        again = fields(panel.call("subaccount.edit", **given))["creditlimit"]
        panel.call("subaccount.edit", **given, creditlimit="12.5", sok="ok")
        plain = fields(panel.call("subaccount.edit", **given))["creditlimit"]

    assert again == shown
    assert plain == f"12{money.decimal}50"


def test_forms_may_show_plain_numbers() -> None:
    """Lists alone are dressed up."""
    with panel_of(money=Money(decimal=",", thousands=".", forms=False)) as panel:
        client = filled(panel)
        form = fields(panel.call("subaccount.edit", plid=client.id, elid=client.subaccount))
        (account,) = rows(panel.call("subaccount", elid=client.id))

    assert form["creditlimit"] == "6900.00"
    assert account["creditlimit"] == "6.900,00 EUR"


@pytest.mark.parametrize(("lang", "word"), [("en", "Month"), ("ru", "Месяц")])
def test_price_names_its_period_in_words(
    panel: Sandbox, client: Client, lang: str, word: str
) -> None:
    """Behind the slash stands no number."""
    order(panel, client, remoteid="m", skipbasket="on")

    (row,) = rows(panel.call("vds", lang=lang))
    assert row["cost"] == f"5.00 EUR / {word}"


@pytest.mark.parametrize(("texts", "kept"), [("kept", "one  \ntwo"), ("normalised", "one\r\ntwo")])
def test_notes_are_kept_or_normalised(texts: str, kept: str) -> None:
    """As they come, or with the line ends of a browser and without trailing blanks."""
    with panel_of(texts=texts) as panel:
        client = new_client(panel)
        panel.call("account.edit", elid=client.id, note="one  \ntwo \n", sok="ok")
        form = panel.call("account.edit", elid=client.id)

    assert fields(form)["note"] == kept


def test_edit_clears_what_it_does_not_name() -> None:
    """Texts, flags, selects and lists; what is required, fixed or secret stays."""
    with panel_of(edits="clearing") as panel:
        client = filled(panel)
        before = fields(panel.call("account.edit", elid=client.id))
        panel.call("account.edit", elid=client.id, nocalcstat="on", name="Acme", sok="ok")
        flagged = fields(panel.call("account.edit", elid=client.id))
        panel.call("account.edit", elid=client.id, name="Acme", sok="ok")
        after = fields(panel.call("account.edit", elid=client.id))
        types = options(panel.call("account.taxrule.edit", plid=client.id), "itemtype")
        (rule,) = rows(panel.call("account.taxrule", elid=client.id))
        own = {"plid": client.id, "elid": rule["id"], "sok": "ok"}
        some = {"specialitemtype": "on", "itemtype": types["VPS"]}
        panel.call("account.taxrule.edit", **own, **some)
        panel.call("account.taxrule.edit", **own, taxrate="9")
        cleared = fields(panel.call("account.taxrule.edit", plid=client.id, elid=rule["id"]))

    assert (before["realname"], before["note"]) == ("Wile", "Mind")
    assert flagged["nocalcstat"] == "on"
    assert {name: after[name] for name in ("realname", "note", "nocalcstat", "name")} == {
        "realname": "",
        "note": "",
        "nocalcstat": "off",
        "name": "Acme",
    }
    for name in ("email", "country", "project", "client_lang"):
        assert after[name] == before[name]
    assert (cleared["taxrate"], cleared["specialitemtype"], cleared["itemtype"]) == (
        "9.00",
        "off",
        "",
    )


def test_clearing_edit_reinstalls_nothing(clock: Clock) -> None:
    """A system that is not named is not touched, and other fields of a service are cleared."""
    with panel_of(clock=clock, edits="clearing") as panel:
        client = new_client(panel)
        order(panel, client, remoteid="m", skipbasket="on", autoprolong="1")
        clock.forward(seconds=1)
        number = service(panel, "m")["id"]
        panel.call("vds.edit", elid=number, domain="b.example.com", sok="ok")
        (row,) = rows(panel.call("vds"))

    assert (row["item_status@orig"], row["domain"]) == ("2", "b.example.com")
    assert (row["remoteid"], row["autoprolong"]) == ("", "null")


def test_form_leaves_empty_fields_out(clock: Clock) -> None:
    """The description still names them."""
    with panel_of(empty_fields="absent") as panel:
        client = new_client(panel)
        form = fields(panel.call("account.edit", elid=client.id))
        described = parse(panel.call("account.edit", elid=client.id, out="devel"))

    named = {each.get("name") for each in described.iter("field")}
    assert "note" not in form
    assert form["email"] == client.email
    assert all(form.values())
    assert {"note", "label", "settingurl"} <= named


def test_list_may_come_empty_for_want_of_a_right() -> None:
    """No row and a total of none, while the forms of its rows open."""
    with panel_of(hidden_lists=("account.taxrule",)) as panel:
        client = filled(panel)
        listed = panel.call("account.taxrule", elid=client.id)
        form = panel.call("account.taxrule.edit", plid=client.id, elid="1")

    assert rows(listed) == []
    assert parse(listed).get("func") == "account.taxrule"
    assert fields(form)["taxrate"] == "7.50"


def test_columns_may_be_missing(clock: Clock) -> None:
    """The others are as they were, attributes and all."""
    with (
        panel_of(clock=clock) as whole,
        panel_of(clock=clock, hidden_columns={"subaccount": ("balance", "project")}) as cut,
    ):
        every, some = (
            rows(panel.call("subaccount", elid=filled(panel).id))[0] for panel in (whole, cut)
        )

    assert {name: every[name] for name in some} == some
    assert set(every) - set(some) == {"balance", "project"}


def test_empty_list_may_tell_no_total() -> None:
    """Neither a whole list nor a child's."""
    with panel_of(empty_total="missing") as panel:
        client = new_client(panel)
        empty = [parse(panel.call("vds")), parse(panel.call("account.taxrule", elid=client.id))]
        full = parse(panel.call("account"))

    assert [root.findtext("p_elems") for root in empty] == [None, None]
    assert [root.get("func") for root in empty] == ["vds", "account.taxrule"]
    assert full.findtext("p_elems") == "1"


def test_options_may_have_no_labels_or_two_alike() -> None:
    """The keys are what they were."""
    labels: dict[str, list[tuple[str, str]]] = {}
    for way in ("full", "missing", "doubled"):
        with panel_of(labels=way) as panel:
            slist = parse(panel.call("account.edit")).find("slist[@name='project']")
            assert slist is not None
            labels[way] = [(val.get("key", ""), val.text or "") for val in slist]

    keys = {way: [key for key, _ in pairs] for way, pairs in labels.items()}
    assert keys["full"] == keys["missing"] == keys["doubled"]
    assert {text for _, text in labels["missing"]} == {""}
    assert len({text for _, text in labels["full"]}) == 2
    assert len({text for _, text in labels["doubled"]}) == 1


@pytest.mark.parametrize("flags", [True, False])
def test_countries_carry_their_flag(flags: Any) -> None:  # noqa: ANN401 - a parameter
    """The file's name is the ISO code, and other lists have no images."""
    with panel_of(country_flags=flags) as panel:
        root = parse(panel.call("account.edit"))
        model = json.loads(panel.call("account.edit", out="bjson"))

    images = {val.text: val.get("image") for val in root.findall("slist[@name='country']/val")}
    others = root.findall("slist[@name='project']/val")
    flat = {each["v"]: each.get("image") for each in model["slist"]["country"]}
    expected = "/manimg/common/flag/DE.png" if flags else None
    assert images["Germany"] == flat["Germany"] == expected
    assert {val.get("image") for val in others} == {None}


def test_empty_required_select_is_refused(panel: Sandbox) -> None:
    """The first option is nobody's choice."""
    given = {"email": "a@example.com", "sok": "ok"}
    answer = panel.call("account.edit", **given, country="")

    assert error(answer) == ("value", "country")
    assert rows(panel.call("account")) == []
    assert is_ok(panel.call("account.edit", **given))


def test_newest_row_comes_first_and_the_order_is_reported(panel: Sandbox) -> None:
    """By which column, which way, and from where to where."""
    numbers = [new_client(panel, f"{name}@example.com").id for name in "abc"]
    root = parse(panel.call("account"))

    reported = [root.findtext(name) for name in ("p_sort", "p_order", "page")]
    assert [row["id"] for row in rows(panel.call("account"))] == numbers[::-1]
    assert reported == ["id", "desc", f"{numbers[2]} - {numbers[0]}"]


def test_oldest_row_may_come_first() -> None:
    """Another installation's way."""
    with panel_of(sort="oldest") as panel:
        numbers = [new_client(panel, f"{name}@example.com").id for name in "abc"]
        listed = panel.call("account")

    assert [row["id"] for row in rows(listed)] == numbers
    assert parse(listed).findtext("p_order") == "asc"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"p_sort": "email"}, "abc"),
        ({"p_sort": "email", "p_order": "desc"}, "cba"),
        ({"p_col": "+email"}, "abc"),
        ({"p_col": "-email"}, "cba"),
        ({"p_sort": "nothing"}, "acb"),
    ],
)
def test_rows_are_sorted_as_asked(panel: Sandbox, given: dict[str, str], expected: str) -> None:
    """By any column and either way; what is no column changes nothing."""
    for name in "bca":
        new_client(panel, f"{name}@example.com")

    listed = panel.call("account", **given)
    assert "".join(row["email"][0] for row in rows(listed)) == expected


def test_pages_of_a_sorted_list_are_the_whole_list(panel: Sandbox) -> None:
    """Rows of one name are not mixed up between pages."""
    numbers = {new_client(panel, f"{name}@example.com").id for name in "abcde"}
    pages = [panel.call("account", p_sort="name", p_cnt="2", p_num=str(n)) for n in (1, 2, 3)]

    assert [len(rows(page)) for page in pages] == [2, 2, 1]
    assert {row["id"] for page in pages for row in rows(page)} == numbers
