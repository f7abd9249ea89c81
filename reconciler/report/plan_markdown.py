"""Show a plan as Markdown, for a comment on a pull request or the summary of a job.

Invariants: the page has at most ``limit`` characters; what charges or destroys is cut last; what is
cut is counted, with its sums and the command that shows it; no foreign text is live.
Order: headline, rules that the branch changes, refusals, money, clients, what no line of the
branch explains, charges, losses, emails, the rest, findings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.report.change_groups import (
    change_groups,
    group_details,
    group_remark,
    group_title,
    is_charge,
    is_risk,
    marked_alone,
    symbol_of_group,
)
from reconciler.report.clients import sums_of
from reconciler.report.escape import code_of, code_span, escape
from reconciler.report.explanation import unexplained_title
from reconciler.report.finding import finding_lines
from reconciler.report.impact import client_rows, message_lines, money_blocks, spread_lines
from reconciler.report.layout import counted
from reconciler.report.markdown_page import MOST_CHARACTERS, Page, cell, shortened
from reconciler.report.moment import moment_lines, unchecked_lines
from reconciler.report.plan import (
    adopted_words,
    calm_words,
    findings_by_set,
    plan_rows,
    summary_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.plan import Change, Plan
    from reconciler.report.change_groups import ChangeGroup

_MOST_ROWS, _MOST_LINES = 40, 20
_HEADER = ("", "Change", "Whose, and what it costs", "Details")


def plan_markdown(
    plan: Plan,
    *,
    digest: str = "",
    refusals: Sequence[str] = (),
    consents: Sequence[str] = (),
    ways: Sequence[str] = (),
    approvals: Sequence[str] = (),
    see: str = "reconciler plan --full",
    limit: int | None = MOST_CHARACTERS,
    full: bool = False,
) -> str:
    """Return a plan as Markdown of at most ``limit`` characters; None is without a limit.

    ``approvals`` are the lines of ``approval_lines``, which are escaped already, and ``see`` is the
    command that shows all of it.

    Raises: ValueError for a limit without room for a headline.
    """
    page = Page(limit)
    page.add(_headline(plan, digest))
    rules = [each for each in plan.findings if each.code == "rules-changed"]
    _add_verdicts(page, "This branch changes the rules for its own plan", finding_lines(rules), ())
    lines = [f"refused: {escape(reason)}" for reason in refusals]
    lines += [f"needs consent: {escape(reason)}" for reason in consents]
    title = "This plan is refused" if refusals else "This plan needs a consent"
    way_lines = [escape(way) for way in ways]
    _add_verdicts(page, title, lines, () if approvals else way_lines)
    # Apart from the reasons, of which there can be thousands.
    _add_verdicts(page, "Approvals of this plan", approvals, way_lines if approvals else ())
    if plan.empty:
        _add_findings(page, plan)
        return page.text(see)
    _add_impact(page, plan, full=full)
    _add_unexplained(page, plan)
    marked, others = marked_alone(plan.changes)
    risks = [change for change in others if is_risk(change)]
    _add_risks(page, "Charges money", [each for each in risks if is_charge(each)], full=full)
    _add_risks(page, "Cannot be undone", [each for each in risks if not is_charge(each)], full=full)
    rest = [change for change in others if not is_risk(change)]
    _add_emails(page, plan)
    _add_rest(page, rest, marked, full=full)
    _add_findings(page, plan)
    return page.text(see)


def _headline(plan: Plan, digest: str) -> str:
    target, url = (code_span(shortened(each)) for each in (plan.target.name, plan.target.url))
    words = summary_words(plan)
    lines = [f"### Plan for {target}: {words.partition(': ')[2]}"]
    facts = [f"Panel {url}"] + ([f"digest {code_span(digest)}"] if digest else [])
    lines.append(" · ".join(facts))
    lines += [f"**{line}**" for line in moment_lines(plan) + unchecked_lines(plan)]
    if plan.empty:
        lines.append(calm_words(plan))
    return "\n\n".join(lines)


def _add_verdicts(page: Page, title: str, lines: Sequence[str], ways: Sequence[str]) -> None:
    """Add what stands in the way of an apply and the ways out, in a fence: it quotes names."""
    if not lines and not ways:
        return
    page.add(f"**{title}**")
    shown = lines[:_MOST_LINES]
    taken = page.add_fence([*shown, *ways])
    if left := len(lines) - min(taken, len(shown)):
        page.leave_out(counted(left, "reason"))


def _add_impact(page: Page, plan: Plan, *, full: bool) -> None:
    """Add the table of money, and the clients who pay."""
    impact = plan.impact
    rows = [
        (
            code_of(block.currency, cell=True) if block.currency else "unknown",
            row.name,
            f"⚠️ **{row.amount}**" if row.alarm else row.amount,
            ", ".join(
                each for each in (row.source, f"**{row.alarm}**" if row.alarm else "") if each
            ),
        )
        for block in money_blocks(impact.money)
        for row in block.rows
    ]
    if rows:
        page.add("#### Money")
        most = len(rows) if full else _MOST_ROWS
        taken = page.add_table(("Currency", "What", "Amount", "Known as"), rows[:most])
        if taken < len(rows):
            page.leave_out(counted(len(rows) - taken, "amount"))
    page.add(
        "\n".join(f"- {code_of(shortened(line))}" for line in spread_lines(impact)[:_MOST_LINES])
    )
    clients, more = client_rows(impact, full=full)
    shown = clients if full else clients[:_MOST_LINES]
    if shown:
        lines = [f"- {code_of(shortened(line))}" for line in shown]
        page.add("\n".join(["**Clients who pay**, the largest charge first:", "", *lines]))
    if more := more + len(clients) - len(shown):
        page.leave_out(counted(more, "charged client"))


def _add_emails(page: Page, plan: Plan) -> None:
    if messages := message_lines(plan.impact):
        lines = [f"- {code_of(shortened(line))}" for line in messages[1:]]
        page.add("\n".join([f"**Sends {messages[0]}**", "", *lines]))


def _add_unexplained(page: Page, plan: Plan) -> None:
    """Add what no line of the branch explains; the sections below say what each does."""
    if plan.since is None:
        return
    found = [change for change in plan.changes if change.explained is False]
    page.add("#### What the branch does not explain")
    lines = [unexplained_title(found, len(plan.changes), plan.since)]
    rows = plan_rows(found)
    taken = page.add_fence([*lines, *(row.removeprefix("  ") for row in rows)][:_MOST_ROWS])
    if taken < len(rows) + 1:
        page.leave_out("lines about what the branch does not explain")


def _add_risks(page: Page, title: str, changes: Sequence[Change], *, full: bool) -> None:
    """Add a table of what charges or destroys; details give way before any row does."""
    if not changes:
        return
    groups = change_groups(changes, full=full)
    count = f"{len(changes):,}"
    page.add(f"#### {title} ({count})")
    rows = [_row(group, details=True) for group in groups]
    if not page.has_room(sum(len(" | ".join(row)) + 6 for row in rows) + 100):
        rows = [_row(group, details=False) for group in groups]
    taken = page.add_table(_HEADER, rows)
    if taken < len(rows):
        left = [change for group in groups[taken:] for change in group.values]
        sums = sums_of(change.money for change in left if is_charge(change))
        charges = f", which charge {code_of(shortened(sums))}" if sums else ""
        page.leave_out(f"{counted(len(left), 'change')} under “{title}”{charges}")


def _row(group: ChangeGroup, *, details: bool) -> tuple[str, str, str, str]:
    return (
        f"`{symbol_of_group(group)}`",
        cell([group_title(group)]),
        cell([group_remark(group)]),
        cell(group_details(group)) if details else "",
    )


def _add_rest(page: Page, rest: Sequence[Change], marked: Sequence[Change], *, full: bool) -> None:
    """Add the other changes, collapsed, as many lines as fit."""
    rows = [row.removeprefix("  ") for row in plan_rows(rest, full=full)]
    rows += [f"= {adopted_words(marked)}"] if marked else []
    if not rows:
        return
    summary = f"Other changes ({len(rest) + len(marked):,})"
    taken = page.add_fence(rows, language="diff", summary=summary)
    if taken < len(rows):
        page.leave_out(f"{counted(len(rows) - taken, 'line')} of the other changes")


def _add_findings(page: Page, plan: Plan) -> None:
    rest = tuple(each for each in plan.findings if each.code != "rules-changed")
    lines = finding_lines(findings_by_set(replace(plan, findings=rest)))
    if not lines:
        return
    taken = page.add_fence(lines, summary=f"Findings ({len(rest):,})")
    if taken < len(lines):
        page.leave_out(counted(len(lines) - taken, "finding"))
