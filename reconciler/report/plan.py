"""A plan as text: what would happen, worst first, and what stands in its way.

Invariant: every change is shown whole; nothing is left out, grouped away or cut off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.planning.document import summary
from reconciler.report.change import details, remark, symbol_of, touched, urgency
from reconciler.report.finding import finding_lines
from reconciler.report.inert import inert
from reconciler.report.layout import INDENT, counted, joined, marked_row
from reconciler.report.palette import PLAIN, Palette

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.plan import Change, Plan, TargetName


def plan_text(
    plan: Plan,
    *,
    refusals: Sequence[str] = (),
    consents: Sequence[str] = (),
    ways: Sequence[str] = (),
    palette: Palette = PLAIN,
) -> str:
    """Show a plan: header, changes, findings, summary, and what an apply would ask or refuse."""
    findings = finding_lines(plan.findings, palette)
    if plan.empty:
        verb = "is" if plan.keeps == 1 else "are"
        calm = f"No changes. {counted(plan.keeps, 'resource')} {verb} as declared."
        if plan.undoes:
            calm = f"No changes. Nothing of run {inert(plan.undoes)} is left to take back."
        return joined([findings, [calm]])
    changes = sorted(plan.changes, key=urgency)
    rows = [line for change in changes for line in change_lines(change, palette)]
    verdicts = [f"Needs consent: {inert(reason)}" for reason in consents]
    verdicts += [f"{palette.paint('error')}: refused: {inert(reason)}" for reason in refusals]
    verdicts += [f"  {inert(way)}" for way in ways]
    return joined([[_header(plan)], rows, findings, [_summary(plan)], verdicts])


def change_lines(change: Change, palette: Palette = PLAIN) -> list[str]:
    """Show one change: a row, and its details below it."""
    row = marked_row(palette.paint(symbol_of(change)), touched(change), remark(change))
    return [row, *(f"{INDENT}{line}" for line in details(change))]


def target_words(target: TargetName) -> str:
    """Name a target with its address."""
    return f"{inert(target.name)} ({inert(target.url)})"


def _header(plan: Plan) -> str:
    changing = {change.address for change in plan.changes if change.action != "blocked"}
    everything = {change.address for change in plan.changes}
    total = counted(len(everything) + plan.keeps, "resource")
    verb = "changes" if len(changing) == 1 else "change"
    return f"Plan for {target_words(plan.target)}, {len(changing)} of {total} {verb}"


def _summary(plan: Plan) -> str:
    counts = summary(plan)
    actions = [change.action for change in plan.changes]
    parts = [f"{counts[name]} to {name}" for name in ("create", "update", "delete", "adopt")]
    parts += [
        f"{actions.count(action)} to {action}"
        for action in ("renew", "suspend", "resume")
        if action in actions and action not in counts
    ]
    if counts["blocked"]:
        parts.append(f"{counts['blocked']} blocked")
    return f"Plan: {', '.join(parts)}, {counts['keep']} unchanged."
