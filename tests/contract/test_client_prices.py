"""A client's own terms decide what he pays: rates, then discounts, then taxes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reconciler.sandbox import Sandbox, ledger
from tests.support.installs import panel_of
from tests.support.sandbox_client import (
    Client,
    fields,
    new_client,
    options,
    order,
    order_form,
    rows,
)


def give_discount(panel: Sandbox, client: Client, share: str, **more: str) -> None:
    """Give a client a discount on orders and renewals."""
    actions = options(panel.call("account.discount.edit", plid=client.id), "actiontype")
    both = next(key for label, key in actions.items() if "and" in label)
    given = {"percentage": share, "actiontype": both, "sok": "ok", **more}
    panel.call("account.discount.edit", plid=client.id, **given)


def give_tax(panel: Sandbox, client: Client, rate: str, *, product: str = "") -> None:
    """Give a client a tax rule of his first provider, for one product type or for all."""
    form = panel.call("account.taxrule.edit", plid=client.id)
    for project in options(form, "project").values():
        given = {"project": project, "taxrate": rate, "sok": "ok"}
        if product:
            given |= {"specialitemtype": "on", "itemtype": options(form, "itemtype")[product]}
        panel.call("account.taxrule.edit", plid=client.id, **given)


def expense(panel: Sandbox, client: Client) -> dict[str, str]:
    """Read the client's one expense."""
    (row,) = rows(panel.call("subaccount.expense", elid=client.id))
    return row


@pytest.mark.parametrize(
    ("first", "second", "cost"),
    [
        (("10", "0"), ("30", "0"), "3.50 EUR"),
        (("10", "5"), ("30", "0"), "4.50 EUR"),
        (("10", "-1"), ("30", "-5"), "4.50 EUR"),
    ],
)
def test_discount_of_the_highest_priority_wins(
    panel: Sandbox, client: Client, first: tuple[str, str], second: tuple[str, str], cost: str
) -> None:
    """Of two with one priority it is the larger one."""
    for share, priority in (first, second):
        give_discount(panel, client, share, priority=priority)

    assert fields(order_form(panel, client))["cost"] == cost


def test_tax_is_a_part_of_the_expense(panel: Sandbox, client: Client) -> None:
    """The price stays as it is, and the expense tells the part."""
    give_tax(panel, client, "25")

    order(panel, client, skipbasket="on")

    assert [charge.amount for charge in ledger(panel)] == [Decimal(5)]
    assert (expense(panel, client)["amount"], expense(panel, client)["taxamount"]) == (
        "5.00 EUR",
        "1.00 EUR",
    )


def test_tax_on_other_products_is_none(panel: Sandbox, client: Client) -> None:
    """A rule for hosting leaves servers alone."""
    kinds = options(panel.call("account.taxrule.edit", plid=client.id), "itemtype")
    other = next(label for label in kinds if "hosting" in label.lower())
    give_tax(panel, client, "25", product=other)

    order(panel, client, skipbasket="on")

    assert expense(panel, client)["taxamount"] == "0.00 EUR"


def test_added_tax_is_quoted_and_charged() -> None:
    """On an install that adds taxes the form shows what is taken."""
    panel = panel_of(tax="added")
    client = new_client(panel)
    give_discount(panel, client, "10")
    give_tax(panel, client, "20")

    quoted = fields(order_form(panel, client))["cost"]
    order(panel, client, skipbasket="on")

    assert quoted == "5.40 EUR"
    assert [charge.amount for charge in ledger(panel)] == [Decimal("5.40")]
    assert expense(panel, client)["taxamount"] == "0.90 EUR"


@pytest.mark.parametrize(
    ("rates", "cost"),
    [
        ([("EUR", "USD", "2.00", "1.00", "2026-01-01")], "10.00 USD"),
        ([("USD", "EUR", "4.00", "10.00", "2026-01-01")], "12.50 USD"),
        (
            [
                ("EUR", "USD", "2.00", "1.00", "2026-01-01"),
                ("EUR", "USD", "3.00", "1.00", "2026-02-01"),
                ("EUR", "USD", "9.00", "1.00", "2099-01-01"),
            ],
            "15.00 USD",
        ),
    ],
    ids=["rate", "inverse", "dated"],
)
def test_price_is_converted_by_the_clients_own_rate(
    panel: Sandbox, rates: list[tuple[str, ...]], cost: str
) -> None:
    """The newest row that is valid counts, in either direction."""
    client = new_client(panel, currency="USD")
    keys = options(panel.call("account.currencyrate.edit", plid=client.id), "currency_base")
    for base, relate, rate, amount, day in rates:
        panel.call(
            "account.currencyrate.edit",
            plid=client.id,
            currency_base=keys[base],
            currency_relate=keys[relate],
            rate=rate,
            amount=amount,
            ratedate=day,
            sok="ok",
        )

    assert fields(order_form(panel, client))["cost"] == cost
