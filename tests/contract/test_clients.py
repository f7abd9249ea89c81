"""What the kinds of a client's own terms rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.sandbox_client import (
    Client,
    error,
    fields,
    is_ok,
    new_client,
    options,
    parse,
    rows,
)

if TYPE_CHECKING:
    from reconciler.sandbox import Sandbox


@pytest.mark.parametrize("kind", ["group", "project"])
def test_groups_and_providers_are_switched(panel: Sandbox, client: Client, kind: str) -> None:
    """Resume puts a client in, suspend takes him out, both for several at once."""
    func = f"account.{kind}"
    ids = [row["id"] for row in rows(panel.call(func, elid=client.id))]

    def states() -> set[str]:
        return {row["status@orig"] for row in rows(panel.call(func, elid=client.id))}

    panel.call(f"{func}.resume", plid=client.id, elid=", ".join(ids))
    assert states() == {"on"}
    panel.call(f"{func}.suspend", plid=client.id, elid=", ".join(ids))
    assert states() == {"off"}


def test_provider_of_a_client_is_set_once(panel: Sandbox, client: Client) -> None:
    """A later choice is answered with ok and ignored."""
    form = panel.call("account.edit", elid=client.id)
    other = options(form, "project")["Reseller provider"]

    answer = panel.call("account.edit", elid=client.id, project=other, sok="ok")

    assert is_ok(answer)
    again = panel.call("account.edit", elid=client.id)
    assert fields(again)["project"] == fields(form)["project"] != other


def test_account_keeps_provider_and_currency(panel: Sandbox, client: Client) -> None:
    """Both are chosen at creation; a later choice is ignored."""
    form = panel.call("subaccount.edit", plid=client.id, elid=client.subaccount)
    dollar = options(form, "subaccount_currency")["USD"]

    panel.call(
        "subaccount.edit",
        plid=client.id,
        elid=client.subaccount,
        subaccount_currency=dollar,
        creditlimit="5",
        sok="ok",
    )

    (row,) = rows(panel.call("subaccount", elid=client.id))
    assert (row["balance"], row["creditlimit"]) == ("0.00 EUR", "5.00 EUR")


def test_one_account_with_a_provider_is_active(panel: Sandbox, client: Client) -> None:
    """Making a second one active silently turns the first off."""
    form = panel.call("subaccount.edit", plid=client.id)
    dollar = options(form, "subaccount_currency")["USD"]

    panel.call("subaccount.edit", plid=client.id, subaccount_currency=dollar, sok="ok")

    first = panel.call("subaccount.edit", plid=client.id, elid=client.subaccount)
    assert fields(first)["active"] == "off"


def test_duplicate_account_is_refused(panel: Sandbox, client: Client) -> None:
    """One account a provider and currency."""
    form = fields(panel.call("subaccount.edit", plid=client.id, elid=client.subaccount))
    same = {name: form[name] for name in ("subaccount_project", "subaccount_currency")}

    answer = panel.call("subaccount.edit", plid=client.id, sok="ok", **same)

    assert error(answer) == ("exists", "subaccount_project")


def test_account_is_suspended_and_resumed(panel: Sandbox, client: Client) -> None:
    """The status of the row tells which."""
    seen = []
    for action in ("suspend", "resume"):
        panel.call(f"subaccount.{action}", plid=client.id, elid=client.subaccount)
        seen += [row["status@orig"] for row in rows(panel.call("subaccount", elid=client.id))]

    assert seen == ["suspended", "active"]


def test_discount_codes_are_the_forms_own(panel: Sandbox, client: Client) -> None:
    """Type and action are given as codes that only the option lists explain."""
    form = panel.call("account.discount.edit", plid=client.id)
    kind = options(form, "type")["Promotion discount"]
    action = options(form, "actiontype")["Renewal"]

    panel.call(
        "account.discount.edit",
        plid=client.id,
        percentage="5",
        type=kind,
        actiontype=action,
        sok="ok",
    )

    (row,) = rows(panel.call("account.discount", elid=client.id))
    assert (row["discount_type"], row["discount_type@orig"]) == ("Promotion discount", kind)
    assert (row["actiontype"], row["actiontype@orig"]) == ("Renewal", action)


def test_discount_is_deleted_by_its_idname(panel: Sandbox, client: Client) -> None:
    """The row's `id` deletes another discount."""
    for share in ("5", "10"):
        panel.call("account.discount.edit", plid=client.id, percentage=share, sok="ok")
    second, first = rows(panel.call("account.discount", elid=client.id))

    panel.call("account.discount.delete", plid=client.id, elid=second["id"])

    left = rows(panel.call("account.discount", elid=client.id))
    assert [row["id"] for row in left] == [second["id"]]
    assert first["idname"] == second["id"]


def test_tax_rule_is_for_all_products_or_some(panel: Sandbox, client: Client) -> None:
    """Product types count only when the rule is marked as special."""
    form = panel.call("account.taxrule.edit", plid=client.id)
    kinds = options(form, "itemtype")
    some = f"{kinds['VPS']}, {kinds['Shared hosting']}"

    panel.call("account.taxrule.edit", plid=client.id, taxrate="7", itemtype=some, sok="ok")
    panel.call(
        "account.taxrule.edit",
        plid=client.id,
        taxrate="9",
        itemtype=some,
        specialitemtype="on",
        sok="ok",
    )

    special, every = rows(panel.call("account.taxrule", elid=client.id))
    assert every["itemtype"] == ""
    assert set(special["itemtype"].split(", ")) == {"VPS", "Shared hosting"}


def test_rates_are_history(panel: Sandbox, client: Client) -> None:
    """Several rows of one pair stand side by side, even of one day."""
    currencies = options(panel.call("account.currencyrate.edit", plid=client.id), "currency_base")
    for rate in ("90", "91.5"):
        panel.call(
            "account.currencyrate.edit",
            plid=client.id,
            currency_base=currencies["EUR"],
            currency_relate=currencies["RUB"],
            rate=rate,
            ratedate="2026-01-01",
            sok="ok",
        )

    listed = rows(panel.call("account.currencyrate", elid=client.id))
    form = fields(panel.call("account.currencyrate.edit", plid=client.id, elid=listed[0]["id"]))
    assert [row["rate"] for row in listed] == ["91.5000", "90.0000"]
    assert (form["currency_relate"], form["amount"]) == (currencies["RUB"], "1.00")


def test_deleted_client_takes_everything_along(panel: Sandbox, client: Client) -> None:
    """Children, login and sessions go with him, and his id may be given out again."""
    panel.call("account.taxrule.edit", plid=client.id, taxrate="5", sok="ok")

    panel.call("account.delete", elid=client.id)

    assert error(panel.call("account.edit", elid=client.id))[0] == "missed"
    assert error(panel.call("whoami", su=client.email))[0] == "missed"
    successor = new_client(panel, "heir@example.com")
    assert successor.id == client.id
    assert rows(panel.call("account.taxrule", elid=successor.id)) == []


def test_payment_is_credited_once(panel: Sandbox, client: Client) -> None:
    """Setting it paid twice adds the sum a single time; a paid one cannot be deleted."""
    made = panel.call("payment.edit", plid=client.id, subaccountamount="50", sok="ok")
    number = parse(made).findtext("id") or ""
    for _ in range(2):
        panel.call("payment.setpaid", elid=number)

    (row,) = rows(panel.call("subaccount", elid=client.id))
    assert row["balance"] == "50.00 EUR"
    assert error(panel.call("payment.delete", elid=number))[0] == "state"


def test_unpaid_payment_can_be_deleted(panel: Sandbox, client: Client) -> None:
    """It was never credited."""
    made = panel.call("payment.edit", plid=client.id, subaccountamount="50", sok="ok")

    panel.call("payment.delete", elid=parse(made).findtext("id") or "")

    assert rows(panel.call("account.payment", elid=client.id)) == []
