"""Section 4 of the contract: forms and submits."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest

from reconciler.sandbox import ADMIN, PASSPHRASE, Install, Sandbox, audit
from tests.support.sandbox_client import (
    Client,
    Clock,
    error,
    fields,
    is_ok,
    new_client,
    options,
    parse,
    rows,
)


def test_opening_a_form_changes_nothing(panel: Sandbox, client: Client) -> None:
    """Values in the request are no submit."""
    before = rows(panel.call("account"))

    panel.call("account.edit", elid=client.id, name="Changed", email="new@example.com")

    assert rows(panel.call("account")) == before
    assert not audit(panel)[-2].wrote


def test_form_lists_fields_and_options(panel: Sandbox, client: Client) -> None:
    """Fields are direct children, options stand in named lists with keys."""
    form = panel.call("account.edit", elid=client.id)

    assert fields(form)["email"] == client.email
    assert options(form, "country")["Germany"] == fields(form)["country"]
    assert fields(form)["elid"] == client.id


def test_passwords_never_come_back(panel: Sandbox, client: Client) -> None:
    """A form shows an empty field."""
    form = fields(panel.call("account.edit", elid=client.id))

    assert form["passwd"] == form["confirm"] == ""


@pytest.mark.parametrize("func", ["account.edit", "account.discount.edit", "vds.edit"])
def test_form_of_a_missing_object_is_an_error(panel: Sandbox, client: Client, func: str) -> None:
    """That is how a removal is proved."""
    plid = {} if func == "account.edit" else {"plid": client.id}

    assert error(panel.call(func, elid="4242", **plid))[0] == "missed"


def test_child_of_another_client_is_missed(panel: Sandbox) -> None:
    """`plid` and `elid` have to belong together."""
    one, two = new_client(panel, "one@example.com"), new_client(panel, "two@example.com")
    panel.call("account.taxrule.edit", plid=one.id, taxrate="5", sok="ok")
    (row,) = rows(panel.call("account.taxrule", elid=one.id))

    assert error(panel.call("account.taxrule.edit", plid=two.id, elid=row["id"]))[0] == "missed"
    assert is_ok(panel.call("account.taxrule.delete", plid=two.id, elid=row["id"]))
    assert len(rows(panel.call("account.taxrule", elid=one.id))) == 1


def test_submit_answers_with_the_form_as_it_stood_before(panel: Sandbox, client: Client) -> None:
    """The nested document is no proof of anything."""
    root = parse(panel.call("account.edit", elid=client.id, name="After", sok="ok"))

    assert root.find("ok") is not None
    assert root.findtext("doc/name") == "Acme Anvils"
    assert fields(panel.call("account.edit", elid=client.id))["name"] == "After"


@pytest.mark.parametrize(
    ("new_id", "found"),
    [
        ("usual", {"id"}),
        ("id", {"id"}),
        ("table", {"taxrule.id"}),
        ("both", {"id", "taxrule.id"}),
        ("none", set()),
    ],
)
def test_new_id_is_returned_in_several_ways(clock: Clock, new_id: str, found: set[str]) -> None:
    """By its plain name, by its table's, by both, or not at all."""
    with Sandbox(clock=clock, install=Install(new_id=new_id)) as panel:  # type: ignore[arg-type]
        panel.call("account.edit", email="acme@example.com", sok="ok")
        (row,) = rows(panel.call("account"))
        root = parse(panel.call("account.taxrule.edit", plid=row["id"], taxrate="5", sok="ok"))

    reported = {each.tag for each in root} & {"id", "taxrule.id"}
    assert reported == found


def test_parameters_left_out_keep_their_value(panel: Sandbox, client: Client) -> None:
    """Only what is sent is laid over the form."""
    panel.call("account.edit", elid=client.id, realname="Wile", note="kept", sok="ok")
    panel.call("account.edit", elid=client.id, realname="Coyote", sok="ok")

    form = fields(panel.call("account.edit", elid=client.id))
    assert (form["realname"], form["note"]) == ("Coyote", "kept")


def test_text_is_cleared_by_an_empty_value(panel: Sandbox, client: Client) -> None:
    """A text field sent empty on a submit becomes empty."""
    panel.call("account.edit", elid=client.id, note="gone soon", sok="ok")
    panel.call("account.edit", elid=client.id, note="", sok="ok")

    assert fields(panel.call("account.edit", elid=client.id))["note"] == ""


def test_select_is_cleared_by_null(panel: Sandbox, client: Client) -> None:
    """An empty value is dropped, the key `null` is not."""
    staff = options(panel.call("account.edit", elid=client.id), "employee")
    chosen = next(key for key in staff.values() if key != "null")
    panel.call("account.edit", elid=client.id, employee=chosen, sok="ok")
    panel.call("account.edit", elid=client.id, employee="", sok="ok")
    kept = fields(panel.call("account.edit", elid=client.id))["employee"]
    panel.call("account.edit", elid=client.id, employee="null", sok="ok")

    assert kept == chosen
    assert fields(panel.call("account.edit", elid=client.id))["employee"] == ""


def test_values_are_normalised(panel: Sandbox, client: Client) -> None:
    """Numbers gain decimals, texts lose blanks, lists lose theirs and are put in order."""
    panel.call(
        "account.discount.edit",
        plid=client.id,
        percentage=" 10 ",
        period="12, 1",
        note="  spring ",
        sok="ok",
    )
    (row,) = rows(panel.call("account.discount", elid=client.id))
    form = fields(panel.call("account.discount.edit", plid=client.id, elid=row["idname"]))

    assert (form["percentage"], form["period"], form["note"]) == ("10.00", "1,12", "spring")


@pytest.mark.parametrize(
    ("func", "given", "subject"),
    [
        ("account.discount.edit", {"percentage": "5", "type": "999"}, "type"),
        ("account.discount.edit", {"percentage": "5", "period": "1,7"}, "period"),
        ("account.discount.edit", {"percentage": "101"}, "percentage"),
        ("account.discount.edit", {"percentage": "ten"}, "percentage"),
        ("account.discount.edit", {"percentage": "5", "fromdate": "1.2.2026"}, "fromdate"),
        ("account.discount.edit", {"percentage": "5", "todate": "2020-01-01"}, "todate"),
        ("account.discount.edit", {}, "percentage"),
        ("account.discount.edit", {"percentage": ""}, "percentage"),
        ("account.taxrule.edit", {"taxrate": "5", "specialitemtype": "on"}, "itemtype"),
        ("account.currencyrate.edit", {"rate": "0"}, "rate"),
        ("subaccount.edit", {"subaccount_currency": "1"}, "subaccount_currency"),
    ],
)
def test_refused_value_names_its_field(
    panel: Sandbox, client: Client, func: str, given: dict[str, str], subject: str
) -> None:
    """Outside the options, out of range, badly written or missing: all are `value`."""
    answer = panel.call(func, plid=client.id, sok="ok", **given)

    assert error(answer) == ("value", subject)
    assert parse(answer).find("ok") is None


def test_refused_submit_changes_nothing(panel: Sandbox, client: Client) -> None:
    """All fields of a submit are kept, or none."""
    answer = panel.call("account.edit", elid=client.id, name="Half", country="0", sok="ok")

    assert error(answer) == ("value", "country")
    assert fields(panel.call("account.edit", elid=client.id))["name"] == "Acme Anvils"


def test_email_is_unique(panel: Sandbox, client: Client) -> None:
    """A second client with it is refused, in whatever case it is written."""
    answer = panel.call("account.edit", email=client.email.upper(), sok="ok")

    assert error(answer) == ("exists", "user")
    assert len(rows(panel.call("account"))) == 1


def test_password_has_to_be_confirmed(panel: Sandbox, client: Client) -> None:
    """Both fields are the same, or the second is refused."""
    answer = panel.call("account.edit", elid=client.id, passwd="one", confirm="two", sok="ok")

    assert error(answer) == ("value", "confirm")


def test_regions_are_those_of_the_country(panel: Sandbox, client: Client) -> None:
    """A region is an option of its country alone, and falls away with it."""
    form = panel.call("account.edit", elid=client.id)
    bavaria = options(form, "state")["Bavaria"]
    panel.call("account.edit", elid=client.id, state=bavaria, sok="ok")
    kept = fields(panel.call("account.edit", elid=client.id))["state"]
    france = options(form, "country")["France"]
    panel.call("account.edit", elid=client.id, country=france, sok="ok")

    assert kept == bavaria
    assert fields(panel.call("account.edit", elid=client.id))["state"] == ""


def test_keys_differ_from_install_to_install(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No table of a client's own can know them."""
    from reconciler.sandbox import seed

    keys = []
    for number in (1, 2):
        path = tmp_path_factory.mktemp("keys") / "panel.sqlite3"
        seed(path, clients=1, seed=number)
        with Sandbox(path) as panel:
            form = panel.call("account.edit")
            keys.append(
                (options(form, "country")["Germany"], options(form, "project")["Main provider"])
            )

    assert keys[0] != keys[1]


def test_submits_that_meet_are_not_both_done(clock: Clock) -> None:
    """The second of two on one object has to wait, in plain text."""

    async def meet(panel: Sandbox, number: str) -> list[bytes]:
        transport = httpx.ASGITransport(app=panel)
        async with httpx.AsyncClient(transport=transport, base_url="https://panel.test") as http:
            given = {
                "func": "account.edit",
                "elid": number,
                "authinfo": f"{ADMIN}:{PASSPHRASE}",
                "out": "xml",
                "lang": "en",
                "sok": "ok",
            }
            sent = [http.post("/billmgr", data={**given, "note": text}) for text in ("a", "b")]
            return [reply.content for reply in await asyncio.gather(*sent)]

    with Sandbox(clock=clock, latency=timedelta(milliseconds=20)) as panel:
        client = new_client(panel)
        first, second = sorted(asyncio.run(meet(panel, client.id)), key=is_ok, reverse=True)

    assert is_ok(first)
    refusal = parse(second).find("error")
    assert refusal is not None
    assert not refusal.attrib
    assert "in process" in (refusal.text or "")
