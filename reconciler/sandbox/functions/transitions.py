"""What a panel does by itself: services that open, close and reinstall in a while.

Invariants: a change under way has a moment and an outcome; it comes about with the first request
at or after that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from reconciler.sandbox.call import Call


def settle(db: sqlite3.Connection, now: datetime) -> None:
    """Run every transition that is due."""
    moment = now.isoformat(sep=" ", timespec="microseconds")
    due = "SELECT id FROM item WHERE due IS NOT NULL AND due <= ?"
    if db.execute(f"{due} LIMIT 1", (moment,)).fetchone() is not None:
        db.execute(
            "UPDATE item SET status = due_status, due = NULL, due_status = NULL"
            f" WHERE id IN ({due})",
            (moment,),
        )


def begin(call: Call, item: int, under_way: str, outcome: str) -> None:
    """Put a service to work, to be in another status once the install's time has passed."""
    due = (call.now + call.settings.lag).isoformat(sep=" ", timespec="microseconds")
    call.db.execute(
        "UPDATE item SET status = ?, due = ?, due_status = ? WHERE id = ?",
        (under_way, due, outcome, item),
    )
