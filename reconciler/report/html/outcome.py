"""The pages of an apply and of a rehearsal: what was charged, and each result, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.plan import Money
from reconciler.report.change import symbol_of
from reconciler.report.clients import client_words
from reconciler.report.escape import escape
from reconciler.report.html.changes import anchors_of, change_list
from reconciler.report.html.element import tag
from reconciler.report.html.finding import finding_section
from reconciler.report.html.page import Page, Section, badge, plural, verdict
from reconciler.report.outcome import charge_lines, ending_words
from reconciler.report.value import money_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.outcome import Outcome, Result
    from reconciler.report.html.element import Element
    from reconciler.report.html.page import Tone
    from reconciler.report.reports import OutcomeReport, RehearsalReport

# What a person must look at first.
_RESULTS: dict[Result, tuple[str, Tone]] = {
    "in-doubt": ("In doubt", "danger"),
    "diverged": ("Diverged", "danger"),
    "failed": ("Failed", "danger"),
    "skipped": ("Skipped", "warning"),
    "verified": ("Verified", "good"),
}
_DOUBT = (
    "a request was sent and its result is unknown. Run `{}` before anything else: "
    "it changes nothing in the panel."
)


def outcome_page(report: OutcomeReport) -> Page:
    """Return the page of an apply."""
    return Page(
        subject="Apply",
        target=report.plan.target,
        headline=_counts(report.outcomes),
        verdicts=_doubt(report.outcomes, report.resume),
        sections=(
            *_charges(report.outcomes),
            *_results(report.outcomes),
            *finding_section(report.plan.findings),
        ),
    )


def rehearsal_page(report: RehearsalReport) -> Page:
    """Return the page of an apply on a copy, with the plan that follows it."""
    sums = sorted(report.charges.items())
    words = ", ".join(money_words(Money(amount, unit)) for unit, amount in sums)
    second = report.second
    after: tuple[Section, ...] = ()
    if not second.empty:
        content = change_list(second.changes, anchors_of(second.changes))
        after = (Section("changes", "The second plan", content, len(second.changes)),)
    ended = "The second plan is empty." if second.empty else "The second plan is not empty."
    return Page(
        subject="Rehearsal",
        target=report.plan.target,
        headline=f"{_counts(report.outcomes)} {ended}",
        facts=(
            ("Charged on the copy", words or "nothing"),
            ("On a copy of", plural(report.clients, "client")),
        ),
        verdicts=_doubt(report.outcomes, ""),
        sections=(
            *_charges(report.outcomes),
            *after,
            *_results(report.outcomes),
            *finding_section(report.plan.findings),
        ),
    )


def _counts(outcomes: Sequence[Outcome]) -> str:
    if not outcomes:
        return "Nothing to apply."
    results = [outcome.result for outcome in outcomes]
    parts = [
        f"{results.count(name):,} {label.lower()}"
        for name, (label, _) in _RESULTS.items()
        if name in results or name == "verified"
    ]
    return f"{', '.join(parts)}."


def _doubt(outcomes: Sequence[Outcome], resume: str) -> tuple[Element, ...]:
    if not any(outcome.result == "in-doubt" for outcome in outcomes):
        return ()
    command = escape(resume or "reconciler resume")
    return (verdict("danger", "In doubt:", _DOUBT.format(command)),)


def _charges(outcomes: Sequence[Outcome]) -> tuple[Section, ...]:
    lines = charge_lines(outcomes)
    if not lines:
        return ()
    entries = tag("ul", class_="charges")
    entries.extend(tag("li", line) for line in lines)
    return (Section("charges", "Charges", (entries,), len(lines)),)


def _results(outcomes: Sequence[Outcome]) -> list[Section]:
    found = []
    for name, (label, tone) in _RESULTS.items():
        ended = [outcome for outcome in outcomes if outcome.result == name]
        if ended:
            entries = tag("ul", class_="changes")
            entries.extend(_outcome(outcome, tone) for outcome in ended)
            found.append(Section(name, label, (entries,), len(ended)))
    return found


def _outcome(outcome: Outcome, tone: Tone) -> Element:
    change = outcome.change
    symbol = symbol_of(change)
    mark, words = ending_words(outcome)
    head = tag("p", tag("span", mark, class_=f"sign {tone}", aria_hidden="true"), " ")
    head.append(
        badge("charges" if symbol == "!" else change.action, "charge" if symbol == "!" else "calm")
    )
    head.append(tag("code", f" {change.address}", class_="address"))
    element = outcome.id or change.id
    if element:
        head.append(tag("small", f" id {escape(element)}"))
    where = tag("p", f"of {client_words(change.client)}", class_="where") if change.client else None
    return tag("li", head, where, tag("p", words), class_="change")
