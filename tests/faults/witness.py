"""What a person finds in the panel itself after a trial, and what that person says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.faults.base import base

if TYPE_CHECKING:
    from reconciler.sandbox import Charge
    from tests.faults.project import Deed
    from tests.faults.trial import Trial


def new_charges(trial: Trial) -> list[Charge]:
    """Return what was charged since the trial began."""
    return trial.charges()[base().charges :]


def twins(trial: Trial, deed: Deed) -> bool:
    """Tell whether two live objects bear the marker of a deed."""
    name = deed.address.partition("/")[2]
    items = "SELECT id FROM item WHERE remoteid LIKE ? AND status <> '4'"
    terms = "SELECT id FROM discount WHERE note LIKE ?"
    found = asked(trial, items, f"%/{name}/1") + asked(trial, terms, f"%/{name}]")
    return len(found) > 1


def waits_in_cart(trial: Trial) -> bool:
    """Tell whether something waits in a cart that did not when the trial began."""
    return len(asked(trial, "SELECT id FROM basket")) > 1


def answer(trial: Trial, *, there: bool) -> None:
    """Let a person say of every charge in doubt what the panel's own ledger says."""
    journal = trial.journal
    for item in journal.open_intents():
        if item.charges:
            word = "verified" if there else "absent"
            journal.conclude([item.number], word, "a person says so", "")


def asked(trial: Trial, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the panel's own tables, or change them as the vendor's support would."""
    with trial.panel.reading() as db:
        return db.execute(query, values).fetchall()
