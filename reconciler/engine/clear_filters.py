"""Taking saved filters off, where an examination has found them and somebody has agreed.

Invariants: a filter is taken off with a call that names no row; whether it is gone is proved by
another examination, never by the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import RejectedError
from reconciler.wire.call import unfilter_call, unfilter_client_call

if TYPE_CHECKING:
    from reconciler.model.health import Health
    from reconciler.ports import Panel

_LIST, _CLIENT = "the filter saved for the list {}", "the filter by client"


def filters_to_clear(health: Health) -> tuple[str, ...]:
    """Name what clearing would take off; the filter by client unless it is known to be none."""
    named = [
        _LIST.format(each.func) + (f" of {each.su}" if each.su else "") for each in health.filtered
    ]
    return (*named, *([_CLIENT] if _clears_client(health) else []))


async def clear_filters(panel: Panel, health: Health) -> tuple[str, ...]:
    """Take the filters off, and return what the panel would not take off, with its words."""
    calls = [
        (_LIST.format(each.func), unfilter_call(each.func, su=each.su or None))
        for each in health.filtered
    ]
    if _clears_client(health):
        calls.append((_CLIENT, unfilter_client_call()))
    refused = []
    for name, call in calls:
        try:
            await panel.submit(call)
        except RejectedError as error:
            refused.append(f"{name}: {error}")
    return tuple(refused)


def _clears_client(health: Health) -> bool:
    statuses = {check.status for check in health.checks if check.name == "filter by client"}
    return bool(statuses & {"problem", "unknown"})
