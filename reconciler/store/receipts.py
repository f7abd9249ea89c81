"""The charges of a run, read from the journal.

Invariant: what the journal does not hold is unknown; only an end that excludes an effect proves
that nothing was taken.
"""

from __future__ import annotations

from decimal import InvalidOperation
from typing import TYPE_CHECKING

from reconciler.errors import StoreError
from reconciler.model.journal import Receipt
from reconciler.store.journal_entry import read_charged, read_forecast

if TYPE_CHECKING:
    from reconciler.documents.journal import IntentLine, JournalLine
    from reconciler.model.journal import Charged
    from reconciler.store.journal import Journal

# The ends that prove that nothing was taken, where no amount stands beside them.
_UNCHARGED = frozenset({"absent", "failed", "refused", "unsent", "waiting"})


def charging_runs(journal: Journal) -> tuple[str, ...]:
    """Return the runs that sent a charge, the latest first. Raises: StoreError."""
    sent = [line["run"] for line in journal.lines() if _is_charge(line)]
    return tuple(dict.fromkeys(reversed(sent)))


def read_receipts(journal: Journal, run: str) -> tuple[Receipt, ...]:
    """Return the charges of a run, in the order in which they were sent.

    Requests for one change, such as the steps of an order, are one charge. Raises: StoreError.
    """
    try:
        return _receipts(journal, run)
    except (InvalidOperation, LookupError, TypeError) as error:
        raise StoreError(f"{journal.log.place}: an amount in the journal cannot be read") from error


def _receipts(journal: Journal, run: str) -> tuple[Receipt, ...]:
    lines, ends = journal.lines(), journal.ends()
    taken: dict[int, Charged] = {}
    # By the number of a request: the outcome of its change. A service may be renewed several times.
    changes: dict[int, int] = {}
    for number, line in enumerate(lines):
        if line["type"] == "outcome":
            changes |= dict.fromkeys(line["intents"], number)
            if "charged" in line:
                taken |= dict.fromkeys(line["intents"], read_charged(line["charged"]))
    found: dict[tuple[str, str, str, int | None], Receipt] = {}
    for line in lines:
        if line["type"] == "intent" and line["run"] == run and _is_charge(line):
            end = ends[line["n"]]["result"] if line["n"] in ends else "in-doubt"
            key = (line["address"], line["action"], line["element"], changes.get(line["n"]))
            found[key] = _receipt(line, end, taken.get(line["n"]))
    return tuple(found.values())


def _receipt(line: IntentLine, end: str, charged: Charged | None) -> Receipt:
    has_amount = charged is not None and charged.money.amount is not None
    known = has_amount or (charged is None and end in _UNCHARGED)
    return Receipt(line["address"], line["action"], end, read_forecast(line), charged, known=known)


def _is_charge(line: JournalLine) -> bool:
    return line["type"] == "intent" and line["effect"] == "charge"
