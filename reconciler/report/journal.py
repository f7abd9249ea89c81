"""The journal and its open ends in words.

Invariant: every text that came from elsewhere is one inert token.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.documents.difference import difference_words
from reconciler.model.journal import current_result
from reconciler.report.escape import escape
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
    "run this again to look again. Where the panel's own history tells you how it ended, say so "
    "with `reconciler resume --link ADDRESS ID` or `reconciler resume --none-exists ADDRESS`."
)
_TO_BE_PAID = (
    "do so in the panel and run this again. What is paid and still shown as an order is ended with "
    "`reconciler resume --link ADDRESS ID`, what was taken out of the cart instead with "
    "`reconciler resume --none-exists ADDRESS`."
)


def settled_text(settled: Iterable[Resolution]) -> str:
    """Say what looking found out about each open intent."""
    lines = [
        f"  {item.result:<11} {escape(item.open_intent.intent.address)} "
        f"({escape(item.open_intent.intent.action)}, run {escape(item.open_intent.run)}): "
        f"{escape(item.message)}"
        for item in settled
    ]
    if not lines:
        return "Nothing is open.\n"
    doubts = sum(item.result == "in-doubt" for item in settled)
    waits = sum(item.result == "waiting" for item in settled)
    ends = [f"{doubts} still in doubt: {_IN_DOUBT}"] if doubts else []
    ends += [f"{waits} to be paid: {_TO_BE_PAID}"] if waits else []
    unseen = sum(item.result == "unseen" for item in settled)
    ends += [f"{unseen} made, and shown by no list: nothing more is made there."] if unseen else []
    return "\n".join([*lines, "", *(ends or ["All settled. Plan again."]), ""])


def journal_text(lines: Sequence[JournalLine]) -> str:
    """Show the journal: each line with its time, each run with who ran it, each write's values."""
    about = {line["n"]: line["address"] for line in lines if line["type"] == "intent"}
    return "".join(f"{text}\n" for line in lines for text in _line_texts(line, about))


def empty_text(target: str, others: Iterable[str]) -> str:
    """Say that a target has no journal yet, and how to see those of other targets."""
    ways = [f"  that of {name}: reconciler --target {name} journal" for name in others]
    return "\n".join([f"The journal of {target} is empty.", *ways, ""])


def proof_text(lines: Sequence[JournalLine], *, torn: bool) -> str:
    """Say that the chain is whole."""
    tail = " A torn last line is left out; the next apply cuts it off." if torn else ""
    return f"The journal is whole: {len(lines)} lines, chained.{tail}\n"


def _line_texts(line: JournalLine, about: Mapping[int, str]) -> list[str]:
    """Show one line of the journal, and below it the values that it is about.

    ``about`` names by its number what each write is about.
    """
    head = f"{line['n']:>5}  {_moment(line['at'])}  "
    match line["type"]:
        case "run":
            return [head + _run_words(line)]
        case "intent":
            words = f"will {escape(line['action'])} {escape(line['address'])}"
            return [f"{head}  {words} ({escape(line['func'])})", *_value_lines(line)]
        case _:
            ends = ", ".join(f"{escape(about[n])} ({n})" for n in line["intents"] if n in about)
            message = f": {escape(line['message'])}" if line["message"] else ""
            return [f"{head}  {escape(current_result(line['result']))} {ends}{message}"]


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%SZ}"


def _run_words(line: RunLine) -> str:
    user = f" by {escape(line['user'])}" if line.get("user") else ""
    left = f", without {', '.join(map(escape, line['without']))}" if line.get("without") else ""
    return f"run {escape(line['run'])}{user}, plan {_short(line['plan'])}{left}"


def _short(digest: str) -> str:
    sort, _, value = digest.partition(":")
    return f"{escape(sort)}:{escape(value[:_DIGITS])}…" if value[_DIGITS:] else escape(digest)


def _value_lines(line: IntentLine) -> list[str]:
    values = line.get("values")
    if values is None:  # written before values were: what was sent tells of them
        sent = {name: text for name, text in line["params"] if is_free(name)}
        values = {name: [None, text] for name, text in sent.items()}
    rows = [_value_words(line["action"], field, *pair) for field, pair in values.items()]
    return [f"{_BELOW}{row}" for row in rows if row]


def _value_words(action: str, field: str, was: Json, now: Json) -> str:
    """Show what became of one field; what was empty is no loss."""
    if action == "delete":
        return "" if was in _EMPTY else f"lost: {escape(field)} {json_words(was)}"
    is_new = action == "create" or was is None
    change = json_words(now) if is_new else difference_words(was, now, json_words)
    return f"{escape(field)}: {change}"
