"""Show a reply of any form as text: rows as a table, a form's fields, a confirmation.

Invariant: text of the panel is escaped; nothing is left out but the frame of the reply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.escape import escape
from reconciler.report.layout import counted, joined, table
from reconciler.wire.reply import Confirmation, FileReply, Form, OtherReply, ReplyPart, Row, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.wire.reply import Answer

_INDENT = "  "


def answer_text(answer: Answer) -> str:
    """Show a reply by its type."""
    match answer:
        case Rows():
            return _rows_text(answer)
        case Form(values, options, labels):
            lists = [_list(name, rows) for name, rows in answer.lists.items()]
            blocks = [block for blocks in lists for block in blocks]
            return joined(
                [_fields(values, labels), _options(options), *blocks, _tree(answer.parts)]
            )
        case Confirmation(new_id, text, values):
            named = f" The new id is {escape(new_id)}." if new_id else ""
            message = f" The panel reports: {escape(text)}" if text else ""
            sure = "Done." if answer.confirmed else "Neither confirmed nor refused."
            rest = {name: text for name, text in values.items() if text != new_id}
            return joined([[f"{sure}{named}{message}"], _fields(rest), _tree(answer.parts)])
        case OtherReply(parts):
            return joined([_tree(parts) or ["The reply is empty."]])
        case FileReply(body):
            return joined([[f"A file of {len(body)} bytes."]])


def _rows_text(answer: Rows) -> str:
    count = counted(len(answer.rows), "row")
    total = answer.total
    more = f" of {total}" if total is not None and total > len(answer.rows) else ""
    filters = [f"Filtered by {', '.join(map(escape, answer.filters))}."] if answer.filters else []
    columns, further = _rows(answer.rows)
    return joined([columns, [f"{count}{more}."], further, filters])


def _list(name: str, rows: Sequence[Row]) -> list[list[str]]:
    """Show a list inside a form."""
    columns, further = _rows(rows)
    return [[f"list {escape(name)}: {counted(len(rows), 'row')}", *columns], further]


def _rows(rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    """Show rows as a table, and below it the parts that no cell can hold."""
    names = list(dict.fromkeys(name for row in rows for name in row.values))
    cells = [[escape(_cell(row, name)) for name in names] for row in rows]
    further = [
        line
        for number, row in enumerate(rows, start=1)
        if row.parts
        for line in (f"row {number}:", *_tree(row.parts, _INDENT))
    ]
    return table([escape(name) for name in names], cells) if names else [], further


def _cell(row: Row, name: str) -> str:
    text, code = row.values.get(name, ""), row.codes.get(name)
    return f"{text} ({code})" if code not in {None, text} else text


def _fields(values: Mapping[str, str], titles: Mapping[str, str] | None = None) -> list[str]:
    """Show fields, each with its name, the panel's title and its value."""
    heads = {name: _titled(name, (titles or {}).get(name, "")) for name in values}
    width = max(map(len, heads.values()), default=0)
    return [f"{heads[name]:<{width}}  {escape(text)}".rstrip() for name, text in values.items()]


def _titled(name: str, title: str) -> str:
    return f"{escape(name)} ({escape(title)})" if title not in {"", name} else escape(name)


def _options(options: Mapping[str, Mapping[str, str]]) -> list[str]:
    lines = []
    for name, offered in options.items():
        shown = ", ".join(f"{escape(key)} ({escape(label)})" for key, label in offered.items())
        lines.append(f"options of {escape(name)}: {shown}")
    return lines


def _tree(parts: Sequence[ReplyPart], indent: str = "") -> list[str]:
    return [line for part in parts for line in _part_lines(part, indent)]


def _part_lines(part: ReplyPart, indent: str) -> Iterator[str]:
    attrs = "".join(f" {escape(name)}={escape(text)}" for name, text in part.attrs.items())
    text = f": {escape(part.text)}" if part.text.strip() else ""
    yield f"{indent}{escape(part.name)}{attrs}{text}"
    for inner in part.parts:
        yield from _part_lines(inner, indent + _INDENT)
