"""``out=JSONdata``: the data alone.

Invariants: a list is a bare array, so it shows neither its total nor a filter; an empty value
has no key.
"""

from __future__ import annotations

import json
from typing import Any

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


def render(answer: Reply, head: ReplyHeader) -> str:
    """Write the data of one answer."""
    del head
    return json.dumps(_data(answer), ensure_ascii=False, separators=(",", ":"))


def _data(answer: Reply) -> Any:  # noqa: ANN401 - what JSON can hold
    match answer:
        case ListReply():
            return [_full(row) for row in flat_rows(answer)]
        case FormReply():
            return _full(dict(answer.values))
        case ConfirmationReply():
            return {"ok": answer.ok, **dict(answer.ids)}
        case ErrorReply():
            return {"error": {"code": answer.sort or answer.message}}
        case RawReply():
            return _full(flat_nodes(answer.nodes))


def _full(row: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if value}
