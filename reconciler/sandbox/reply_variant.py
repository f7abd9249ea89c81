"""How an install words its answers: bare codes, plain names, silent orders.

Invariants: an effect stays; an answer that the install words as usual is the same value.
Source: fixtures of other programs: lists whose status is a code alone, payments and accounts under
plainer names with bare sums, an order answered by an empty document.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.sandbox.reply import ConfirmationReply, ListReply, RawReply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.sandbox.install import Install
    from reconciler.sandbox.reply import Reply

_CODE = "orig"
# What a list calls its columns where names are plain; sums come without their currency.
_PLAIN = {
    "payment": {
        "pay_date": "paydate",
        "subaccountamount_iso": "amount",
        "paymethod_name": "paymethodname",
    },
    "subaccount": {"balance": "balance", "creditlimit": "creditlimit", "currency": "currency"},
}
_SUMS = {"amount", "balance", "creditlimit"}


def vary_reply(answer: Reply, func: str, install: Install) -> Reply:
    """Return an answer as the install words it."""
    if isinstance(answer, ListReply):
        worded = _bare(answer) if install.codes == "bare" else answer
        return _plain(worded, _PLAIN.get(func, {})) if install.names == "plain" else worded
    if (
        isinstance(answer, ConfirmationReply)
        and install.order_answer == "nothing"
        and _orders(func)
    ):
        return RawReply()
    return answer


def _orders(func: str) -> bool:
    return func.endswith(".order.param")


def _bare(listed: ListReply) -> ListReply:
    """Put each code in the place of its words, without an attribute."""
    places = []
    begin = 0
    for cell in listed.cells:
        end = begin + len(cell.attrs)
        places.append(begin + cell.attrs.index(_CODE) if _CODE in cell.attrs else end)
        begin = end + 1
    cells = tuple(replace(cell, attrs=()) for cell in listed.cells)
    return replace(
        listed, cells=cells, rows=[tuple(row[at] for at in places) for row in listed.rows]
    )


def _plain(listed: ListReply, names: Mapping[str, str]) -> ListReply:
    cells = tuple(replace(each, name=names.get(each.name, each.name)) for each in listed.cells)
    turns: dict[int, Callable[[str], str]] = {}
    at = 0
    for cell, old in zip(cells, listed.cells, strict=True):
        at += len(cell.attrs)
        if old.name in names and cell.name in _SUMS:
            turns[at] = _sum
        elif old.name in names and cell.name == "currency":
            turns[at] = str.lower
        at += 1
    rows = [tuple(turns.get(n, str)(text) for n, text in enumerate(row)) for row in listed.rows]
    return replace(listed, cells=cells, rows=rows)


def _sum(text: str) -> str:
    return text.rpartition(" ")[0] or text
