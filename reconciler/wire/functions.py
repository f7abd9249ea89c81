"""The panel's functions that the vendor documents: what each does, and whom that reaches.

Invariants: a function that is not here may do anything; a form changes nothing until it is
confirmed; an action acts when it is called, confirmed or not.
Source: the vendor's description of the section Clients, and of ordering by API.
Doubt: functions that the vendor names without saying what they return are taken for actions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reconciler.wire.call import CONFIRMING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Sort = Literal["list", "form", "action", "document", "file"]


@dataclass(frozen=True, slots=True)
class PanelFunction:
    """One function: its sort, what it costs whom, and who gets a message by it."""

    sort: Sort
    charges: str = ""
    messages: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CallRisk:
    """What calling a function with some parameters amounts to; ``warnings`` says it in words.

    ``charges``: it may move money, as an order does.
    """

    sort: Sort | None
    writes: bool
    warnings: tuple[str, ...] = ()
    charges: bool = False


_LISTS = (
    *("account", "account.payment", "account.group", "account.discount", "account.currencyrate"),
    *("account.taxrule", "account.project", "subaccount", "subaccount.expense"),
    *("payment", "payment.history", "payment.expense", "payment.orderinfo"),
    *("vhost", "vds", "dedic", "pricelist"),
)
_FORMS = (
    *("account.edit", "account.discount.edit", "account.currencyrate.edit"),
    "account.discount.add",
    *("account.taxrule.edit", "subaccount.edit", "payment.edit", "payment.expense.edit"),
    *("payment.orderinfo.edit", "vhost.edit", "vds.edit", "dedic.edit"),
    *("account.filter", "account.payment.filter", "subaccount.expense.filter"),
)
_ACTIONS = (
    *("account.delete", "account.group.resume", "account.group.suspend", "account.discount.delete"),
    *("account.project.resume", "account.project.suspend", "account.currencyrate.delete"),
    *("account.taxrule.delete", "subaccount.suspend", "subaccount.resume", "payment.delete"),
    *("vhost.delete", "vds.delete", "dedic.delete", "vhost.suspend", "vds.suspend"),
    *("dedic.suspend", "vhost.resume", "vds.resume", "dedic.resume"),
)
_ORDERING = re.compile(r"(?:^|\.)order(?:\.|\Z)")
_ORDER = PanelFunction(
    "form", charges="orders a service, into the client's cart or from the balance"
)
_TICKET = PanelFunction("action", messages="sends a ticket to the client")

FUNCTIONS: Mapping[str, PanelFunction] = {
    **dict.fromkeys(_LISTS, PanelFunction("list")),
    **dict.fromkeys(_FORMS, PanelFunction("form")),
    **dict.fromkeys(_ACTIONS, PanelFunction("action")),
    **dict.fromkeys(("menu", "whoami"), PanelFunction("document")),
    "account.setfilter": PanelFunction("action", note="shortens further lists of this user"),
    "account.sms": PanelFunction("form", messages="sends an SMS to the client"),
    "account.su": PanelFunction("action", note="signs in as the client"),
    **{
        f"{kind}.{step}": PanelFunction("form")
        for kind in ("dedic", "vds", "vhost")
        for step in ("order", "order.pricelist")
    },
    "dedic.order.param": _ORDER,
    "payment.add": PanelFunction("action", charges="creates an invoice"),
    "payment.expense.delete": PanelFunction("action", charges="removes a payment from an expense"),
    "payment.print": PanelFunction("document"),
    "payment.print.pdf": PanelFunction("file"),
    "payment.refund": PanelFunction("form", charges="refunds a payment"),
    "payment.send": PanelFunction("action", messages="sends the invoice to the client by email"),
    "payment.setpaid": PanelFunction("action", charges="adds funds to the client's account"),
    "register": PanelFunction(
        "form", messages="registers a client and may write to the address", note="creates a client"
    ),
    **dict.fromkeys(("service.resume", "service.suspend"), PanelFunction("action")),
    "service.prolong": PanelFunction("form", charges="renews a service at the client's expense"),
    "session.delete": PanelFunction("action", note="ends a session"),
    "session.newkey": PanelFunction(
        "action", note="allows anyone with the key to sign in as that user"
    ),
    "subaccount.expense.delete": PanelFunction("action", charges="refunds an expense"),
    "subaccount.expense.edit": PanelFunction("form", charges="takes the amount from the balance"),
    "subaccount.refund": PanelFunction("action", charges="refunds money"),
    "ticket.write.account": _TICKET,
    "ticket.write.payment": _TICKET,
    "vds.order.param": _ORDER,
    "vhost.order.param": _ORDER,
}
# Whether the last word of an unknown function's name acts without any confirmation.
ACTING = frozenset({"delete", "suspend", "resume", "setpaid", "send", "setfilter", "newkey"})
# What else ends the name of a function that is no list.
_NO_LIST = ACTING | {
    *("edit", "add", "filter", "order", "param", "pricelist", "prolong", "open", "close"),
    *("changepassword", "start", "stop", "reboot", "reinstall"),
}
_LIST_NAME = re.compile(r"[a-z][a-z0-9]*(?:\.[a-z0-9_]+)*")
# What an edit may do beside editing, by parameter: to the client, or to the machine.
_MESSAGING = {
    "notify": "sends the registration notice to the client",
    "recovery": "sends a password reset link to the client",
    "verify_email": "asks the client to confirm the address",
}
_OFF = frozenset({"", "off"})


def is_order(func: str) -> bool:
    """Return whether a function orders: only a client can call it, or who acts as one."""
    return _ORDERING.search(func) is not None


def may_list(name: str) -> bool:
    """Return whether a function of this name may be a list, by its name alone."""
    known = FUNCTIONS.get(name)
    if known is not None:
        return known.sort == "list"
    return bool(_LIST_NAME.fullmatch(name)) and name.rpartition(".")[2] not in _NO_LIST


def classify_call(
    func: str, params: Mapping[str, str], further_lists: Collection[str] = ()
) -> CallRisk:
    """Return the risk of a call, by the function's name and its parameters.

    ``further_lists`` are functions that are known to list, beyond those that the vendor documents.
    """
    function = FUNCTIONS.get(func)
    if function is None and func in further_lists:
        function = PanelFunction("list")
    confirmed = not CONFIRMING.isdisjoint(params)
    if function is None:
        unknown = f"{func} is not a known function: it may do anything"
        warnings = [unknown, *_by_params(func, params)]
        return CallRisk(None, writes=True, warnings=tuple(warnings), charges=True)
    if not confirmed and function.sort != "action":
        return CallRisk(function.sort, writes=False)
    said = [each for each in (function.charges, function.messages, function.note) if each]
    warnings = [f"{func} {each}" for each in said]
    if func.endswith(".edit") and "elid" not in params:
        warnings.append(f"{func} without elid creates a new object")
    warnings += _by_params(func, params)
    charges = bool(function.charges) or params.get("skipbasket", "") not in _OFF
    return CallRisk(function.sort, writes=True, warnings=tuple(warnings), charges=charges)


def _by_params(func: str, params: Mapping[str, str]) -> list[str]:
    found = [words for name, words in _MESSAGING.items() if params.get(name, "") not in _OFF]
    if params.get("skipbasket", "") not in _OFF:
        found.append("skipbasket charges the balance at once")
    if "ostempl" in params and func.endswith(".edit"):
        found.append("ostempl reinstalls the machine and deletes its data")
    return found
