"""``out=JSONdata``: the data alone.

Invariants: a list is a bare array, so neither its total nor a filter can be told; an empty value
has no key.
"""

from __future__ import annotations

import json
from typing import Any

from reconciler.sandbox.answer import Answer, Bare, Done, Failed, Head, Listed, Shown
from reconciler.sandbox.out.flatjson import flat_nodes, flat_rows


def render(answer: Answer, head: Head) -> str:
    """Write the data of one answer."""
    del head
    return json.dumps(_data(answer), ensure_ascii=False, separators=(",", ":"))


def _data(answer: Answer) -> Any:  # noqa: ANN401 - what JSON can hold
    match answer:
        case Listed():
            return [_full(row) for row in flat_rows(answer)]
        case Shown():
            return _full(dict(answer.values))
        case Done():
            return {"ok": answer.ok, **dict(answer.ids)}
        case Failed():
            return {"error": {"code": answer.sort or answer.message}}
        case Bare():
            return _full(flat_nodes(answer.nodes))


def _full(row: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if value}
