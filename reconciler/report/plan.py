"""Show a plan as text: what it comes to, its changes, and why it cannot be applied yet.

Invariants: every change is shown, alone or in a group that reads alike; what charges or is lost
and differs is never put together with others.
Order: what no line of the branch explains, if it was asked for; then charges, what is destroyed,
the emails that are sent, then the rest; within each by client.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.documents.plan import summary
from reconciler.documents.values import listed
from reconciler.report.change import details, overwrites, remark, symbol_of, touched
from reconciler.report.change_groups import (
    change_groups,
    group_details,
    group_remark,
    group_title,
    is_risk,
    marked_alone,
    symbol_of_group,
)
from reconciler.report.clients import sums_lines
from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.explanation import explained_title, unexplained_title
from reconciler.report.finding import finding_lines
from reconciler.report.impact import email_lines, impact_lines
from reconciler.report.layout import INDENT, NARROW, column_of, counted, joined, marked_row
from reconciler.report.moment import moment_lines, unchecked_lines
from reconciler.report.rollup import ALIKE

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from reconciler.model.finding import Finding, Source
    from reconciler.model.plan import Action, Change, Plan, TargetRef
    from reconciler.report.change_groups import ChangeGroup

# So many groups of changes are shown that neither charge nor are lost.
_MOST = 300
SEE_ALL = "--full shows each"
_ALWAYS: tuple[Action, ...] = ("create", "update", "delete", "adopt")


def plan_text(
    plan: Plan,
    *,
    refusals: Sequence[str] = (),
    consents: Sequence[str] = (),
    ways: Sequence[str] = (),
    approvals: Sequence[str] = (),
    palette: Colors = PLAIN,
    width: int = 0,
    full: bool = False,
    see: str = "",
) -> str:
    """Show a plan: header, money, changes, emails, findings, summary, consents and refusals.

    ``width`` is that of the terminal, 0 for a pipe. ``full`` shows each change; ``see`` is the
    command that does so.

    ``approvals`` are the lines of ``approval_lines``, which are escaped already.
    """
    findings = finding_lines(findings_by_set(plan), palette)
    if plan.empty:
        return joined([moment_lines(plan), findings, [calm_words(plan), *unchecked_lines(plan)]])
    column = column_of((touched(change) for change in plan.changes), width)
    show = _Rows(palette, column, full=full, see=see)
    verdicts = [f"Needs consent: {escape(reason)}" for reason in consents]
    verdicts += approvals
    verdicts += [f"{palette.paint('error')}: refused: {escape(reason)}" for reason in refusals]
    verdicts += [f"  {escape(way)}" for way in ways]
    ends = [summary_words(plan), *unchecked_lines(plan), *sums_lines(plan.changes)]
    head = [moment_lines(plan), [plan_header(plan)], impact_lines(plan.impact, palette, full=full)]
    return joined([*head, *_sections(plan, show), findings, ends, verdicts])


def calm_words(plan: Plan) -> str:
    """Return that an empty plan has nothing to do."""
    if plan.undoes:
        return f"No changes. Nothing of run {escape(plan.undoes)} is left to undo."
    verb = "is" if plan.keeps == 1 else "are"
    return f"No changes. {counted(plan.keeps, 'resource')} {verb} as declared."


def _sections(plan: Plan, show: _Rows) -> list[list[str]]:
    """Return the changes as rows: the unexplained ones first, in a section of their own.

    The emails stand behind the last charges and losses.
    """
    since, total = plan.since, len(plan.changes)
    parts = [("", list(plan.changes))]
    if since is not None:
        open_ones, others = (
            [each for each in plan.changes if bool(each.explained) is known]
            for known in (False, True)
        )
        parts = [
            (f"{unexplained_title(open_ones, total, since)}:", open_ones),
            (f"{explained_title(len(others), total, since)}:", others),
        ]
    emails = email_lines(plan.impact)
    blocks: list[list[str]] = []
    parts = [each for each in parts if each[1]]
    for number, (title, part) in enumerate(parts, start=1):
        risks = show.rows([change for change in part if is_risk(change)])
        rest = show.rows([change for change in part if not is_risk(change)])
        head = [title] if title else []
        if emails and number == len(parts):
            blocks += [[*head, *risks], emails, rest]
        else:
            blocks.append([*head, *risks, *rest])
    return blocks


@dataclass(frozen=True, slots=True)
class _Rows:
    """How changes are shown: the colours, the column of remarks, and how many of them."""

    palette: Colors
    column: int
    full: bool
    see: str

    def rows(self, changes: Sequence[Change]) -> list[str]:
        """Show changes in groups; what neither charges nor is lost is shown up to a limit."""
        marked, others = marked_alone(changes)
        groups = change_groups(others, full=self.full)
        shown = groups
        if not self.full and len(groups) > _MOST and not is_risk(groups[0].values[0]):
            shown = groups[:_MOST]
        lines = [line for group in shown for line in self.group(group)]
        if left := sum(len(group.values) for group in groups[len(shown) :]):
            lines.append(f"  … and {left:,} more changes: {self.see or SEE_ALL}")
        return lines + self.marked(marked)

    def group(self, group: ChangeGroup) -> list[str]:
        """Show one group, or one change: a row, and its details below it."""
        symbol = self.palette.paint(symbol_of_group(group))
        row = marked_row(symbol, group_title(group), group_remark(group), width=self.column)
        return [row, *(f"{INDENT}{line}" for line in group_details(group))]

    def marked(self, marked: Sequence[Change]) -> list[str]:
        """Show all adoptions that only set our marker as one line, unless all is shown."""
        if len(marked) < ALIKE or self.full:
            return [line for each in marked for line in change_lines(each, self.palette)]
        return [f"  {self.palette.paint('=')} {adopted_words(marked)}"]


def plan_rows(changes: Sequence[Change], *, full: bool = False) -> list[str]:
    """Show changes as rows with their details, without colours."""
    return _Rows(PLAIN, NARROW, full, "").rows(changes)


def change_lines(change: Change, palette: Colors = PLAIN) -> list[str]:
    """Show one change: a row, and its details below it."""
    row = marked_row(palette.paint(symbol_of(change)), touched(change), remark(change))
    return [row, *(f"{INDENT}{line}" for line in details(change))]


def findings_by_set(plan: Plan) -> list[Finding]:
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


def target_words(target: TargetRef) -> str:
    """Return a target's name with its URL."""
    return f"{escape(target.name)} ({escape(target.url)})"


def adopted_words(marked: Sequence[Change]) -> str:
    """Return how many objects are adopted without an edit, and the first of them."""
    return f"{len(marked)} adopted as they are: {listed(change.address for change in marked)}"


def plan_header(plan: Plan) -> str:
    """Return the first line of a plan: its target, and how much changes."""
    changing = {change.address for change in plan.changes if change.action != "blocked"}
    everything = {change.address for change in plan.changes}
    total = len(everything) + plan.keeps
    noun = "resource" if total == 1 else "resources"
    verb = "changes" if len(changing) == 1 else "change"
    return f"Plan for {target_words(plan.target)}, {len(changing)} of {total} {noun} {verb}"


def summary_words(plan: Plan) -> str:
    """Return how many changes there are of each sort, and how many resources stay."""
    counts = summary(plan)
    over = sum(overwrites(change) for change in plan.changes)
    parts = [f"{counts[name]} to {name}" for name in _ALWAYS]
    parts[-1] += f" ({over} with other values)" * bool(over)
    rest = [name for name in counts if name not in {*_ALWAYS, "blocked", "keep"}]
    parts += [f"{counts[name]} to {name}" for name in rest if counts[name]]
    if counts["blocked"]:
        parts.append(f"{counts['blocked']} blocked")
    return f"Plan: {', '.join(parts)}, {counts['keep']} unchanged."
