"""How an install tells what any install would answer: bare codes, orders without a word.

Invariants: what was done stays done; an answer that the install tells as usual is the same value.
Source: fixtures of other programs: lists whose status is a code alone, an order answered by an
empty document.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.sandbox.answer import Bare, Done, Listed

if TYPE_CHECKING:
    from reconciler.sandbox.answer import Answer
    from reconciler.sandbox.install import Install

_CODE = "orig"


def shaped(answer: Answer, func: str, install: Install) -> Answer:
    """Give an answer as the install tells it."""
    if isinstance(answer, Listed) and install.codes == "bare":
        return _bare(answer)
    if isinstance(answer, Done) and install.order_answer == "nothing" and _orders(func):
        return Bare()
    return answer


def _orders(func: str) -> bool:
    return func.endswith(".order.param")


def _bare(listed: Listed) -> Listed:
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
