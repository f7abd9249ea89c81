"""``out=text``: a line an element, ``key=value`` apart by blanks, nothing quoted.

Invariants: an error is ``ERROR type(object)``; a value with blanks cannot be distinguished.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.formats.flat_json import flat_nodes, flat_rows
from reconciler.sandbox.reply import (
    ConfirmationReply,
    ErrorReply,
    FormReply,
    ListReply,
    RawReply,
    Reply,
    ReplyHeader,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


def render(answer: Reply, head: ReplyHeader) -> str:
    """Write the lines of one answer."""
    del head
    match answer:
        case ListReply():
            return "".join(_line(row.items()) for row in flat_rows(answer))
        case FormReply():
            return "".join(f"{name}={_one(value)}\n" for name, value in answer.values)
        case ConfirmationReply():
            return "OK\n" + "".join(f"{name}={value}\n" for name, value in answer.ids)
        case ErrorReply():
            return f"ERROR {answer.sort}({answer.subject})\n"
        case RawReply():
            return _line(flat_nodes(answer.nodes).items())


def _line(pairs: Iterable[tuple[str, str]]) -> str:
    return " ".join(f"{name}={_one(value)}" for name, value in pairs) + "\n"


def _one(text: str) -> str:
    return text.replace("\r", "").replace("\n", "\\n")
