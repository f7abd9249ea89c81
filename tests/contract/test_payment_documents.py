"""Payments and what hangs on them, and what reaches people: the rest of the section Clients."""

from __future__ import annotations

import pytest

from reconciler.sandbox import Sandbox, sent_messages
from reconciler.sandbox.formats import FORMATS
from tests.support.sandbox_client import Client, ask, error, fields, is_ok, parse, rows, sign_in


@pytest.fixture
def payment(panel: Sandbox, client: Client) -> str:
    """A payment of fifty that was credited."""
    given = {"subaccountamount": "50", "description": "Top-up", "sok": "ok"}
    number = parse(panel.call("payment.edit", plid=client.id, **given)).findtext("id")
    assert number
    panel.call("payment.setpaid", elid=number)
    return number


def balance(panel: Sandbox, client: Client) -> str:
    """Read the balance of the client's one account."""
    return rows(panel.call("subaccount", elid=client.id))[0]["balance"]


def test_refund_gives_back_no_more_than_is_left(
    panel: Sandbox, client: Client, payment: str
) -> None:
    """Opening the form gives back nothing, and restricted payments nothing at all."""
    assert fields(panel.call("payment.refund", elid=payment))["amount"] == "50.00"
    assert balance(panel, client) == "50.00 EUR"
    assert is_ok(panel.call("payment.refund", elid=payment, amount="20", sok="ok"))
    assert balance(panel, client) == "30.00 EUR"
    for amount in ("30.01", "0", "-1", "much"):
        refused = panel.call("payment.refund", elid=payment, amount=amount, sok="ok")
        assert error(refused) == ("value", "amount")
    panel.call("payment.edit", plid=client.id, elid=payment, restrictrefund="on", sok="ok")
    assert error(panel.call("payment.refund", elid=payment))[0] == "state"
    assert balance(panel, client) == "30.00 EUR"


def test_account_pays_out_what_it_holds(panel: Sandbox, client: Client, payment: str) -> None:
    """Its credit is not money."""
    del payment
    given = {"elid": client.subaccount, "sok": "ok"}
    assert error(panel.call("subaccount.refund", **given, amount="51"))[0] == "balance"
    assert is_ok(panel.call("subaccount.refund", **given, amount="50"))
    assert balance(panel, client) == "0.00 EUR"


def test_payment_pays_for_an_expense(panel: Sandbox, client: Client, payment: str) -> None:
    """What is spent on one expense is left for no other, until it is taken off."""
    spent = {"subaccount": client.subaccount, "amount": "10", "sok": "ok"}
    made = panel.call("subaccount.expense.edit", plid=client.id, **spent)
    expense = parse(made).findtext("id") or ""
    given = {"plid": payment, "sok": "ok"}

    panel.call("payment.expense.edit", **given, expense=expense, amount="10")
    panel.call("payment.expense.edit", **given, elid=expense, amount="40")

    (row,) = rows(panel.call("payment.expense", elid=payment))
    assert (row["expense"], row["amount_iso"], row["invoice"]) == (expense, "40.00 EUR", payment)
    assert fields(panel.call("payment.refund", elid=payment))["amount"] == "10.00"
    assert is_ok(panel.call("payment.expense.delete", plid=payment, elid=expense))
    assert fields(panel.call("payment.refund", elid=payment))["amount"] == "50.00"
    assert error(panel.call("payment.expense.edit", plid=payment, elid=expense))[0] == "missed"


def test_payment_has_lines_and_a_history(panel: Sandbox, payment: str) -> None:
    """The history tells what changed it, not what looked at it."""
    panel.call("payment.orderinfo.edit", plid=payment, elid=payment, name="Advance", sok="ok")
    panel.call("payment.print", elid=payment)

    (line,) = rows(panel.call("payment.orderinfo", elid=payment))
    assert (line["info"], line["cost"]) == ("Advance", "50.00")
    actions = [row["action"] for row in rows(panel.call("payment.history", elid=payment))]
    assert actions == ["payment.orderinfo.edit", "payment.setpaid"]
    assert error(panel.call("payment.history", elid="4242"))[0] == "missed"


@pytest.mark.parametrize("out", sorted(FORMATS))
def test_printed_payment_is_a_file_whatever_the_format(
    panel: Sandbox, client: Client, payment: str, out: str
) -> None:
    """Nobody else's payment can be printed."""
    printed = parse(panel.call("payment.print", elid=payment)).find("payment")
    assert printed is not None
    assert (printed.get("id"), printed.findtext("account")) == (payment, client.id)
    session = sign_in(panel)
    reply = ask(panel, func="payment.print.pdf", elid=payment, out=out, auth=session)
    assert reply.body.startswith(b"%PDF-")
    assert reply.headers["content-type"] == "application/pdf"
    assert error(panel.call("payment.print.pdf", elid="4242"))[0] == "missed"


def test_forms_send_no_message_before_they_are_confirmed(
    panel: Sandbox, client: Client, payment: str
) -> None:
    """An action writes at once, and to nobody where there is nothing to write about."""
    for func, number in (
        ("account.sms", client.id),
        ("ticket.write.account", client.id),
        ("ticket.write.payment", payment),
    ):
        panel.call(func, elid=number)
        given = {"elid": number, "phone": "+49 30 1", "sok": "ok"}
        assert error(panel.call(func, **given)) == ("value", "message")
        assert error(panel.call(func, **{**given, "elid": "4242"}, message="x"))[0] == "missed"
        assert is_ok(panel.call(func, **given, message="x"))
    panel.call("payment.send", elid="4242")
    panel.call("payment.send", elid=payment)

    assert [each.way for each in sent_messages(panel)] == ["sms", "ticket", "ticket", "email"]
    assert {each.client for each in sent_messages(panel)} == {int(client.id)}


def test_registration_makes_a_client_who_can_sign_in(panel: Sandbox) -> None:
    """Once, with what has to be agreed to, and with a letter where one is asked for."""
    given = {"email": "new@example.com", "passwd": "anvil-4711", "phone": "+49 30 1", "sok": "ok"}
    assert error(panel.call("register", **given)) == ("value", "conditions_agree")
    made = panel.call("register", **given, conditions_agree="on", recovery="on")
    again = panel.call("register", **given, conditions_agree="on")

    number = parse(made).findtext("id") or ""
    assert fields(panel.call("account.edit", elid=number))["try_phone"] == "+49 30 1"
    assert sign_in(panel, "new@example.com", "anvil-4711")
    assert [(each.client, each.way) for each in sent_messages(panel)] == [(int(number), "email")]
    assert error(again) == ("exists", "user")
