"""Of which moment and of which resources a plan is, where it is not of all that is there now.

Invariant: the lines hold days, times and numbers alone, and no foreign text, so that they fit every
format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.layout import counted

if TYPE_CHECKING:
    from reconciler.model.plan import Plan


def moment_lines(plan: Plan) -> list[str]:
    """Return what a reader must know before the first change; nothing for the usual plan."""
    lines = []
    if plan.shard:
        lines.append(
            f"Shard {plan.shard}: one of {plan.shard.count} parts of the plan, by client."
            if plan.shard.count > 1
            else "Shard 0/1: the whole plan."
        )
    if plan.snapshot:
        age = f", {plan.snapshot.age} ago" if plan.snapshot.age else ""
        lines.append(f"From a snapshot of the panel, taken at {plan.snapshot.taken_at}{age}.")
        if plan.snapshot.pseudonyms:
            lines.append(
                "Pseudonyms stand for people's data: objects that no manifest declared then are "
                "not recognised. This plan cannot be applied."
            )
    if plan.at is not None:
        panel = "snapshot" if plan.snapshot else "panel as it is now"
        lines.append(f"As of {plan.at}, with the {panel}. This plan cannot be applied.")
    return lines


def unchecked_lines(plan: Plan) -> list[str]:
    """Return how much a selection left out; nothing for a plan of everything."""
    number = sum(plan.unchecked.values())
    if not number:
        return []
    return [f"Unchecked: {counted(number, 'declared resource')} outside the selection."]
