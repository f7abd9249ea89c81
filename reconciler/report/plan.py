"""Show a plan: its changes, the most dangerous first, and why it cannot be applied yet.

Invariants: every change is shown in full, except adoptions that only set our marker, which share
one line, and changes of one ResourceSet that read the same or are blocked for one reason. What
charges or is lost stands alone.
Order: what no line of the branch explains, if it was asked for; then charges, irreversible
changes, others, blocked ones; within each by client.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.documents.plan import summary
from reconciler.documents.values import listed
from reconciler.report.change import (
    details,
    only_marks,
    overwrites,
    remark,
    symbol_of,
    touched,
    urgency,
)
from reconciler.report.clients import client_words, sums_lines
from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.explanation import explained_title, unexplained_title
from reconciler.report.finding import finding_lines
from reconciler.report.layout import INDENT, counted, joined, marked_row

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from reconciler.model.finding import Finding, Source
    from reconciler.model.plan import Action, Change, ChangeClass, Plan, TargetRef

_TOGETHER: frozenset[Action] = frozenset({"create", "update", "adopt"})
_HARMLESS: frozenset[ChangeClass] = frozenset({"adopt"})
_ALWAYS: tuple[Action, ...] = ("create", "update", "delete", "adopt")


def plan_text(
    plan: Plan,
    *,
    refusals: Sequence[str] = (),
    consents: Sequence[str] = (),
    ways: Sequence[str] = (),
    palette: Colors = PLAIN,
) -> str:
    """Show a plan: header, changes, findings, summary, missing consents and refusals."""
    findings = finding_lines(_findings_by_set(plan), palette)
    if plan.empty:
        verb = "is" if plan.keeps == 1 else "are"
        calm = f"No changes. {counted(plan.keeps, 'resource')} {verb} as declared."
        if plan.undoes:
            calm = f"No changes. Nothing of run {escape(plan.undoes)} is left to undo."
        return joined([_terms(plan), findings, [calm]])
    verdicts = [f"Needs consent: {escape(reason)}" for reason in consents]
    verdicts += [f"{palette.paint('error')}: refused: {escape(reason)}" for reason in refusals]
    verdicts += [f"  {escape(way)}" for way in ways]
    ends = [_summary(plan), *sums_lines(plan.changes)]
    head = [_terms(plan), [_header(plan)]]
    return joined([*head, *_sections(plan, palette), findings, ends, verdicts])


def _terms(plan: Plan) -> list[str]:
    """Return what a reader must know before the first change: for which day the plan is."""
    if plan.at is None:
        return []
    return [f"As of {plan.at}, with the panel as it is now. This plan cannot be applied."]


def _sections(plan: Plan, palette: Colors) -> list[list[str]]:
    """Return the changes as rows: the unexplained ones first, in a section of their own."""
    since, total = plan.since, len(plan.changes)
    if since is None:
        return [_change_rows(plan.changes, palette)]
    parts = [[c for c in plan.changes if bool(c.explained) is known] for known in (False, True)]
    titles = (
        unexplained_title(parts[0], total, since),
        explained_title(len(parts[1]), total, since),
    )
    return [
        [f"{title}:", *_change_rows(part, palette)]
        for title, part in zip(titles, parts, strict=True)
        if part
    ]


def _change_rows(changes: Sequence[Change], palette: Colors) -> list[str]:
    marked = [change for change in changes if only_marks(change)]
    others = sorted(itertools.filterfalse(only_marks, changes), key=_risk_and_client)
    rows = [line for group in _alike(others) for line in _group_lines(group, palette)]
    return rows + _marked_line(marked, palette)


def change_lines(change: Change, palette: Colors = PLAIN) -> list[str]:
    """Show one change: a row, and its details below it."""
    row = marked_row(palette.paint(symbol_of(change)), touched(change), remark(change))
    return [row, *(f"{INDENT}{line}" for line in details(change))]


def _findings_by_set(plan: Plan) -> list[Finding]:
    """Return the findings, one for all clients of a set at each of its lines."""
    sets = {desired.source: desired.from_set for desired, _ in plan.kept.values()}
    sets |= {change.source: change.from_set for change in plan.changes if change.source}
    found: dict[Hashable, list[Finding]] = {}
    for number, each in enumerate(plan.findings):
        of_set = each.source is not None and sets.get(each.source)
        key = (each.severity, each.code, each.source) if of_set else number
        found.setdefault(key, []).append(each)
    return [_of_many(several, sets) for several in found.values()]


def _of_many(several: Sequence[Finding], sets: Mapping[Source, str]) -> Finding:
    first, *others = several
    if not others or first.source is None:
        return first
    more = f" (and {len(others):,} more of ResourceSet/{sets[first.source]})"
    return replace(first, message=f"{first.message}{more}")


def _alike(changes: Iterable[Change]) -> list[list[Change]]:
    """Put together the changes of a set that read the same for each client."""
    groups: dict[Hashable, list[Change]] = {}
    for number, change in enumerate(changes):
        key: Hashable = number
        what = (change.from_set, change.address.kind, change.action)
        if change.from_set and change.action == "blocked" and change.reason_code:
            # The words differ by the ids of the objects; the reason is one.
            key = (*what, change.reason_code)
        elif change.from_set and change.action in _TOGETHER and not change.classes - _HARMLESS:
            key = (*what, tuple(_shared_details(change)))
        groups.setdefault(key, []).append(change)
    return list(groups.values())


def _group_lines(group: Sequence[Change], palette: Colors) -> list[str]:
    first, *others = group
    if not others:
        return change_lines(first, palette)
    what = f"{len(group):,} × {first.address.kind} of ResourceSet/{escape(first.from_set)}"
    clients = listed((each.client.name for each in group if each.client), most=3)
    place = f"{first.source.file}:{first.source.line}" if first.source else ""
    whose = ", ".join(escape(each) for each in (clients and f"for {clients}", place) if each)
    row = marked_row(palette.paint(symbol_of(first)), what, whose)
    lines = _shared_details(first)
    if first.action == "blocked":
        lines = [f"the first, {first.address}, is {lines[0]}", *lines[1:]]
    return [row, *(f"{INDENT}{line}" for line in lines)]


def _shared_details(change: Change) -> list[str]:
    """Return the details of a change without our marker, which names the resource."""
    edits = tuple(edit for edit in change.edits if edit.field != "marker")
    renamed = len(edits) < len(change.edits) and not edits
    return details(replace(change, edits=edits)) + ["marker: takes the new name"] * renamed


def target_words(target: TargetRef) -> str:
    """Return a target's name with its URL."""
    return f"{escape(target.name)} ({escape(target.url)})"


def _risk_and_client(change: Change) -> tuple[int, str]:
    """Return the sort key of a change: its risk, then its client."""
    return urgency(change), client_words(change.client).lower() if change.client else ""


def _marked_line(marked: Sequence[Change], palette: Colors) -> list[str]:
    """Show all adoptions that only set our marker as one line."""
    if len(marked) < 2:  # noqa: PLR2004 - a single one is shown with its place
        return [line for change in marked for line in change_lines(change, palette)]
    return [f"  {palette.paint('=')} {adopted_words(marked)}"]


def adopted_words(marked: Sequence[Change]) -> str:
    """Return how many objects are adopted without an edit, and the first of them."""
    return f"{len(marked)} adopted as they are: {listed(change.address for change in marked)}"


def _header(plan: Plan) -> str:
    changing = {change.address for change in plan.changes if change.action != "blocked"}
    everything = {change.address for change in plan.changes}
    total = counted(len(everything) + plan.keeps, "resource")
    verb = "changes" if len(changing) == 1 else "change"
    return f"Plan for {target_words(plan.target)}, {len(changing)} of {total} {verb}"


def _summary(plan: Plan) -> str:
    counts = summary(plan)
    over = sum(overwrites(change) for change in plan.changes)
    parts = [f"{counts[name]} to {name}" for name in _ALWAYS]
    parts[-1] += f" ({over} with other values)" * bool(over)
    rest = [name for name in counts if name not in {*_ALWAYS, "blocked", "keep"}]
    parts += [f"{counts[name]} to {name}" for name in rest if counts[name]]
    if counts["blocked"]:
        parts.append(f"{counts['blocked']} blocked")
    return f"Plan: {', '.join(parts)}, {counts['keep']} unchanged."
