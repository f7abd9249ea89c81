"""What a call amounts to is judged before it is sent, and the unknown is judged the worst."""

from __future__ import annotations

import pytest

from reconciler.wire.functions import FUNCTIONS, classify_call

# Every function that the vendor's documents of clients and services name.
DOCUMENTED = {
    *("account", "account.currencyrate", "account.currencyrate.delete"),
    *("account.currencyrate.edit", "account.delete", "account.discount"),
    *("account.discount.add", "account.discount.delete", "account.discount.edit"),
    *("account.edit", "account.filter", "account.group", "account.group.resume"),
    *("account.group.suspend", "account.payment", "account.payment.filter"),
    *("account.project", "account.project.resume", "account.project.suspend"),
    *("account.setfilter", "account.sms", "account.su", "account.taxrule"),
    *("account.taxrule.delete", "account.taxrule.edit", "dedic.delete", "dedic.edit"),
    *("dedic.order.param", "payment.add", "payment.delete", "payment.edit"),
    *("payment.expense", "payment.expense.delete", "payment.expense.edit", "payment.history"),
    *("payment.orderinfo", "payment.orderinfo.edit", "payment.print", "payment.print.pdf"),
    *("payment.refund", "payment.send", "payment.setpaid", "register", "service.prolong"),
    *("subaccount", "subaccount.edit", "subaccount.expense", "subaccount.expense.delete"),
    *("subaccount.expense.edit", "subaccount.expense.filter", "subaccount.refund"),
    *("subaccount.resume", "subaccount.suspend", "ticket.write.account"),
    *("ticket.write.payment", "vds.delete", "vds.edit", "vds.order.param", "vhost.delete"),
    *("vhost.edit", "vhost.order.param", "session.newkey", "session.delete", "pricelist"),
}


def test_every_documented_function_is_known() -> None:
    """None of them is taken for something that may do anything."""
    assert FUNCTIONS.keys() >= DOCUMENTED


@pytest.mark.parametrize("func", ["account", "account.edit", "payment.print.pdf", "whoami"])
def test_question_does_not_write(func: str) -> None:
    """Lists, forms that are only opened, and prints."""
    assert not classify_call(func, {"elid": "5"}).writes


@pytest.mark.parametrize(
    ("func", "params"),
    [
        ("account", {"sok": "ok"}),
        ("account.edit", {"elid": "5", "sok": "ok"}),
        ("account.edit", {"elid": "5", "clicked_button": "ok"}),
        ("vds.order.param", {"skipbasket": "on"}),
        ("account.delete", {"elid": "5"}),
        ("payment.setpaid", {"elid": "5"}),
        ("some.list", {}),
    ],
)
def test_confirmed_acting_and_unknown_calls_write(func: str, params: dict[str, str]) -> None:
    """What acts needs no confirmation to act, so leaving it out is no question."""
    assert classify_call(func, params).writes


@pytest.mark.parametrize(
    ("func", "params", "words"),
    [
        ("ticket.write.account", {}, "sends a ticket"),
        ("ticket.write.payment", {}, "sends a ticket"),
        ("account.sms", {"sok": "ok"}, "sends an SMS"),
        ("payment.send", {}, "by email"),
        ("register", {"sok": "ok"}, "write to the address"),
        ("account.edit", {"sok": "ok", "notify": "on"}, "registration notice"),
        ("account.edit", {"sok": "ok"}, "without elid creates a new object"),
        ("payment.setpaid", {"elid": "1"}, "adds funds"),
        ("payment.refund", {"sok": "ok"}, "refunds a payment"),
        ("vds.order.param", {"sok": "ok"}, "orders a service"),
        ("vds.edit", {"sok": "ok", "elid": "1", "skipbasket": "on"}, "charges the balance at once"),
        ("vds.edit", {"sok": "ok", "elid": "1", "ostempl": "x"}, "reinstalls"),
        ("foo.bar", {"skipbasket": "on"}, "charges the balance at once"),
        ("foo.bar", {}, "may do anything"),
    ],
)
def test_money_messages_and_losses_are_announced(
    func: str, params: dict[str, str], words: str
) -> None:
    """In words, before anything is sent."""
    assert words in "; ".join(classify_call(func, params).warnings)


@pytest.mark.parametrize(
    ("func", "params", "charges"),
    [
        ("vds.order.param", {"sok": "ok"}, True),
        ("service.prolong", {"sok": "ok", "elid": "1"}, True),
        ("vds.edit", {"sok": "ok", "elid": "1", "skipbasket": "on"}, True),
        ("vds.edit", {"sok": "ok", "elid": "1", "skipbasket": "off"}, False),
        ("mystery", {}, True),
        ("account.edit", {"sok": "ok", "elid": "1"}, False),
        ("vds.order.param", {}, False),
    ],
)
def test_money_may_move_by_what_charges_and_by_what_is_unknown(
    func: str, params: dict[str, str], *, charges: bool
) -> None:
    """A question moves none."""
    assert classify_call(func, params).charges is charges


def test_switched_off_extras_are_not_warned_of() -> None:
    """A flag that is off messages nobody."""
    params = {"elid": "5", "sok": "ok", "notify": "off", "skipbasket": "off"}

    assert classify_call("account.edit", params).warnings == ()


def test_lists_of_lookups_are_known_reads_where_they_are_given() -> None:
    """The catalogue knows lists that the documents do not name."""
    assert classify_call("paymethod", {}, {"paymethod"}).sort == "list"
    assert classify_call("paymethod", {}).sort is None
