"""The page of a plan: who is charged what, what is destroyed, who is notified; then the rest."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from reconciler.documents.plan import summary
from reconciler.report.approvals import approval_lines
from reconciler.report.escape import escape
from reconciler.report.html.bars import money_bars
from reconciler.report.html.changes import anchors_of, change_list, unexplained_section
from reconciler.report.html.clients import client_tree
from reconciler.report.html.element import tag
from reconciler.report.html.finding import finding_section
from reconciler.report.html.graph import dependency_graph
from reconciler.report.html.impact import impact_cards
from reconciler.report.html.money import clients_of, money_of, money_table
from reconciler.report.html.page import Page, Section, scrolled, verdict
from reconciler.report.html.timeline import timeline
from reconciler.report.moment import moment_lines, unchecked_lines
from reconciler.report.plan import calm_words, findings_by_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.plan import Plan
    from reconciler.report.html.element import Element
    from reconciler.report.reports import PlanReport

_ALWAYS = ("create", "update", "delete", "adopt")


def plan_page(report: PlanReport, catalogue: Catalogue, *, full: bool = False) -> Page:
    """Return the page of a plan, with what stands in its way."""
    plan, document = report.plan, report.document
    made_at = str(document.get("createdAt", ""))
    facts = [("Made at", escape(made_at)), ("Digest", escape(str(document.get("digest", ""))))]
    if plan.undoes:
        facts.append(("Undoes", escape(f"run {plan.undoes}")))
    anchors = anchors_of(plan.changes)
    return Page(
        subject="Plan",
        target=plan.target,
        headline=_headline(plan),
        facts=tuple(fact for fact in facts if fact[1]),
        verdicts=_verdicts(report),
        first=impact_cards(plan, anchors) if plan.changes else (),
        sections=(
            *unexplained_section(plan, anchors),
            *finding_section(findings_by_set(plan)),
            *_sections(plan, anchors, catalogue, plan.at or _day(made_at)),
            *_changes(plan, anchors, full=full),
        ),
    )


def _sections(
    plan: Plan, anchors: Mapping[int, str], catalogue: Catalogue, today: date | None
) -> list[Section]:
    found = []
    money = money_of(plan)
    if not money.empty:
        content = (
            scrolled("Amounts of the plan", money_table(money)),
            *money_bars(clients_of(plan)),
        )
        found.append(Section("money", "Money", content))
    tree = client_tree(plan, anchors)
    if tree:
        found.append(Section("clients", "Clients", tree))
    line = timeline(plan.changes, catalogue, today)
    if line is not None:
        found.append(Section("timeline", "Time line", (scrolled("The days as bars", line),)))
    graph = dependency_graph(plan.changes, anchors)
    if graph:
        found.append(Section("dependencies", "Dependencies", graph))
    return found


def _changes(plan: Plan, anchors: Mapping[int, str], *, full: bool) -> tuple[Section, ...]:
    if not plan.changes:
        return ()
    content = change_list(plan.changes, anchors, full=full)
    return (Section("changes", "Changes", content, len(plan.changes)),)


def _headline(plan: Plan) -> str:
    if plan.empty:
        return calm_words(plan)
    counts = summary(plan)
    parts = [
        f"{counts[name]:,} to {name}"
        for name in counts
        if name not in {"blocked", "keep"} and counts[name]
    ]
    if counts["blocked"]:
        parts.append(f"{counts['blocked']:,} blocked")
    parts.append(f"{counts['keep']:,} unchanged")
    return ", ".join(parts)


def _verdicts(report: PlanReport) -> tuple[Element, ...]:
    notes = moment_lines(report.plan) + unchecked_lines(report.plan)
    lines = [verdict("note", "", line) for line in notes]
    lines += [verdict("warning", "Needs consent:", escape(each)) for each in report.consents]
    if approvals := approval_lines(report.approvals):
        entries = tag("ul", *(tag("li", words) for words in approvals))
        entries.set("class", f"verdict {'warning' if report.approvals.missing else 'good'}")
        lines.append(entries)
    lines += [verdict("danger", "Refused:", escape(each)) for each in report.refusals]
    if report.ways:
        commands = tag("ul", class_="ways")
        commands.extend(tag("li", tag("code", escape(each))) for each in report.ways)
        lines.append(commands)
    return tuple(lines)


def _day(moment: str) -> date | None:
    try:
        return date.fromisoformat(moment[:10])
    except ValueError:
        return None
