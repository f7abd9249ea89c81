"""The journal and its open ends in words.

Invariant: every text that came from elsewhere is one inert token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.report.inert import inert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model.journal import Settled


_IN_DOUBT = (
    "run this again to look again. Where the panel's own history tells you how it ended, say so "
    "with `reconciler resume --link ADDRESS ID` or `reconciler resume --none-exists ADDRESS`."
)
_TO_BE_PAID = (
    "do so in the panel and run this again. What is paid and still shown as an order is ended with "
    "`reconciler resume --link ADDRESS ID`, what was taken out of the cart instead with "
    "`reconciler resume --none-exists ADDRESS`."
)


def settled_text(settled: Iterable[Settled]) -> str:
    """Say what looking found out about each open intent."""
    lines = [
        f"  {item.result:<11} {inert(item.open_intent.intent.address)} "
        f"({inert(item.open_intent.intent.action)}, run {inert(item.open_intent.run)}): "
        f"{inert(item.message)}"
        for item in settled
    ]
    if not lines:
        return "Nothing is open.\n"
    doubts = sum(item.result == "unsettled" for item in settled)
    waits = sum(item.result == "waiting" for item in settled)
    ends = [f"{doubts} still in doubt: {_IN_DOUBT}"] if doubts else []
    ends += [f"{waits} to be paid: {_TO_BE_PAID}"] if waits else []
    unseen = sum(item.result == "unseen" for item in settled)
    ends += [f"{unseen} made, and shown by no list: nothing more is made there."] if unseen else []
    return "\n".join([*lines, "", *(ends or ["All settled. Plan again."]), ""])


def journal_text(lines: Sequence[dict[str, Any]]) -> str:
    """Show the journal, a line each."""
    if not lines:
        return "The journal is empty.\n"
    return "".join(f"{_line_text(line)}\n" for line in lines)


def proof_text(lines: Sequence[dict[str, Any]], *, torn: bool) -> str:
    """Say that the chain is whole."""
    tail = " A torn last line is left out; the next apply cuts it off." if torn else ""
    return f"The journal is whole: {len(lines)} lines, chained.{tail}\n"


def journal_document(target: str, lines: Sequence[dict[str, Any]], *, torn: bool) -> dict[str, Any]:
    """Return the journal as JSON."""
    return {"formatVersion": "1", "target": target, "torn": torn, "lines": list(lines)}


def _line_text(line: dict[str, Any]) -> str:
    number = f"{line['n']:>5}  "
    match line["type"]:
        case "run":
            return f"{number}run {inert(line['run'])}  plan {inert(line['plan'])}"
        case "intent":
            address, action = inert(line["address"]), inert(line["action"])
            return f"{number}  will {action} {address}  ({inert(line['func'])})"
        case _:
            ends = ", ".join(str(n) for n in line["intents"])
            message = f": {inert(line['message'])}" if line["message"] else ""
            return f"{number}  {inert(line['result'])} {ends}{message}"
