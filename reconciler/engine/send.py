"""Sending a change's calls, and naming what became of them without believing any.

Invariants: a call is sent once here; whether it is sent again is decided by looking, elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reconciler.errors import (
    AccessError,
    LostAnswerError,
    RejectedError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.ports import Panel
    from reconciler.wire.call import Call


@dataclass(frozen=True, slots=True)
class Sent:
    """How sending went: ``word`` is what the panel (or the line) said, ``requests`` how many."""

    word: Literal["ok", "refused", "unsent", "lost"]
    message: str = ""
    requests: int = 0
    new_id: str | None = None


async def send(panel: Panel, calls: Iterable[Call]) -> Sent:
    """Send calls one after the other, up to the first that does not end well.

    Raises: SecurityStopError, after which nothing may be sent at all.
    """
    requests = 0
    new_id: str | None = None
    for call in calls:
        requests += 1
        try:
            done = await panel.submit(call)
        except RejectedError as error:
            return Sent("refused", f"{call.func}: {error}", requests)
        except AccessError as error:
            return Sent("refused", f"{call.func}: {error}", requests)
        except UnreachableError as error:
            return Sent("unsent", f"{call.func}: {error}", requests - 1)
        except LostAnswerError as error:
            return Sent("lost", f"{call.func}: {error}", requests)
        new_id = done.id or new_id
    return Sent("ok", "", requests, new_id)
