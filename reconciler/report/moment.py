"""Of which moment a plan is, where it is not that of the panel as it is now.

Invariant: the lines hold days and times alone, and no foreign text, so that they fit every format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.plan import Plan


def moment_lines(plan: Plan) -> list[str]:
    """Return what a reader must know before the first change; nothing for the usual plan."""
    lines = []
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
