"""Show the journal and the resolved requests.

Invariant: every foreign text is escaped.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.documents.difference import difference_words
from reconciler.model.journal import current_result
from reconciler.report.escape import escape
from reconciler.report.layout import counted
from reconciler.report.value import json_words
from reconciler.wire.call import is_free

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.documents.journal import IntentLine, JournalLine, RunLine
    from reconciler.documents.values import Json
    from reconciler.model.journal import Resolution

_BELOW = " " * 9
_DIGITS = 12
_EMPTY: tuple[Json, ...] = (None, "", False, [], {})
_IN_DOUBT = (
    "run `reconciler resume` again, or confirm how it ended if the panel's history shows it "
    "(--link: it was done, and ID is its object; --none-exists: it was not done):"
)
_TO_BE_PAID = (
    "pay in the panel, and run `reconciler resume` again. If it is paid and still shown as an "
    "order, or was removed from the cart:"
)


def settled_text(settled: Iterable[Resolution]) -> str:
    """Return a line for each resolved request, and the commands for those still open."""
    lines = [
        f"  {item.result:<11} {escape(item.open_intent.intent.address)} "
        f"({escape(item.open_intent.intent.action)}, run {escape(item.open_intent.run)}): "
        f"{escape(item.message)}"
        for item in settled
    ]
    if not lines:
        return "Nothing is open.\n"
    doubts = [item for item in settled if item.result == "in-doubt"]
    waits = [item for item in settled if item.result == "waiting"]
    ends = [f"{len(doubts)} still in doubt: {_IN_DOUBT}", *_answers(doubts)] if doubts else []
    ends += [f"{len(waits)} to be paid: {_TO_BE_PAID}", *_answers(waits)] if waits else []
    unseen = sum(item.result == "unseen" for item in settled)
    ends += [f"{unseen} created, but in no list: nothing more is created there."] if unseen else []
    return "\n".join([*lines, "", *(ends or ["Everything is resolved: plan again."]), ""])


def _answers(items: Iterable[Resolution]) -> list[str]:
    """Return the two commands by which a person resolves each open request."""
    return [
        line
        for item in items
        for address in [escape(item.open_intent.intent.address)]
        for line in (
            f"  reconciler resume --link {address} {escape(_element(item)) or 'ID'}",
            f"  reconciler resume --none-exists {address}",
        )
    ]


def _element(item: Resolution) -> str:
    """Return the id of a request's object, if it is known."""
    return item.element or item.open_intent.intent.element


def journal_text(lines: Sequence[JournalLine]) -> str:
    """Show the journal: each line with its time, each run with who ran it, each write's values."""
    about = {line["n"]: line["address"] for line in lines if line["type"] == "intent"}
    return "".join(f"{text}\n" for line in lines for text in _line_texts(line, about))


def empty_text(target: str, others: Iterable[str]) -> str:
    """Return the message for an empty journal, with the commands for other targets."""
    ways = [f"  that of {name}: reconciler --target {name} journal" for name in others]
    return "\n".join([f"The journal of {target} is empty.", *ways, ""])


def proof_text(lines: Sequence[JournalLine], *, torn: bool) -> str:
    """Return the message for a complete journal."""
    tail = " An incomplete last line is ignored; the next apply removes it." if torn else ""
    return f"The journal is complete: {len(lines)} lines, chained.{tail}\n"


def _line_texts(line: JournalLine, about: Mapping[int, str]) -> list[str]:
    """Show one line of the journal, and below it its values.

    ``about`` maps the number of each write to its address.
    """
    head = f"{line['n']:>5}  {_moment(line['at'])}  "
    match line["type"]:
        case "run":
            return [head + _run_words(line)]
        case "intent":
            words = f"will {escape(line['action'])} {escape(line['address'])}"
            return [f"{head}  {words} ({escape(line['func'])})", *_value_lines(line)]
        case "inventory":
            count = counted(len(line["managed"]), "resource")
            return [f"{head}  the inventory changed: {count}"]
        case "edits":
            return [f"{head}  what edits do to other fields was recorded"]
        case "undo":
            return [f"{head}  the way back from run {escape(line['of'])} was recorded"]
        case "outcome" if not line["intents"]:
            return [f"{head}  {escape(line['message'])}"]
        case "outcome":
            ends = ", ".join(f"{escape(about[n])} ({n})" for n in line["intents"] if n in about)
            message = f": {escape(line['message'])}" if line["message"] else ""
            return [f"{head}  {escape(current_result(line['result']))} {ends}{message}"]


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%SZ}"


def _run_words(line: RunLine) -> str:
    user = f" by {escape(line['user'])}" if line.get("user") else ""
    left = f", without {', '.join(map(escape, line['without']))}" if line.get("without") else ""
    given = line.get("approvedBy", {}).items()
    approvals = [f"{escape(by)} as {escape(name)}" for name, by in given]
    approved = f", approved by {' and '.join(approvals)}" if approvals else ""
    return f"run {escape(line['run'])}{user}, plan {_short(line['plan'])}{approved}{left}"


def _short(digest: str) -> str:
    sort, _, value = digest.partition(":")
    return f"{escape(sort)}:{escape(value[:_DIGITS])}…" if value[_DIGITS:] else escape(digest)


def _value_lines(line: IntentLine) -> list[str]:
    values = line.get("values")
    if values is None:  # an older version wrote no values: show the parameters that were sent
        sent = {name: text for name, text in line["params"] if is_free(name)}
        values = {name: [None, text] for name, text in sent.items()}
    rows = [_value_words(line["action"], field, *pair) for field, pair in values.items()]
    return [f"{_BELOW}{row}" for row in rows if row]


def _value_words(action: str, field: str, was: Json, now: Json) -> str:
    """Show the change of one field; the loss of an empty value is not shown."""
    if action == "delete":
        return "" if was in _EMPTY else f"lost: {escape(field)} {json_words(was)}"
    is_new = action == "create" or was is None
    change = json_words(now) if is_new else difference_words(was, now, json_words)
    return f"{escape(field)}: {change}"
