"""Show the result of an apply or a rehearsal: a line for each change, the counts, the charges.

Invariant: every change of the plan has a line, but that adoptions which change nothing share one;
the counts add up to the plan; the second plan of a rehearsal is shown in full.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.plan import Money
from reconciler.model.reason import ReasonCode
from reconciler.report.change import cost_words, only_marks, symbol_of, touched
from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.layout import WIDE, counted, joined, marked_row
from reconciler.report.plan import adopted_words, change_lines
from reconciler.report.value import money_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from reconciler.model.outcome import Outcome, Result
    from reconciler.model.plan import Action, Plan


_DONE: dict[Action, str] = {
    "create": "created",
    "adopt": "adopted",
    "update": "updated",
    "delete": "deleted",
    "blocked": "blocked",
    "renew": "renewed",
    "suspend": "suspended",
    "resume": "resumed",
}
_RESULTS: dict[Result, str] = {
    "verified": "verified",
    "diverged": "diverged",
    "failed": "failed",
    "in-doubt": "in doubt",
    "skipped": "skipped",
}
_SHOWN = 5
_DOUBT = (
    "In doubt means that a request was sent and its result is unknown. Run `reconciler "
    "resume` before anything else: it changes nothing in the panel."
)


def outcome_line(outcome: Outcome, palette: Colors = PLAIN) -> str:
    """Show the outcome of one change on one line."""
    mark, words = ending_words(outcome)
    change = outcome.change
    left = f"{symbol_of(change)} {touched(change, new_id=outcome.id)}"
    return marked_row(palette.paint(mark), left, words, width=WIDE)


def is_plain_adoption(outcome: Outcome) -> bool:
    """Return whether an object was adopted as it is: its line would say nothing of its own."""
    return outcome.result == "verified" and not outcome.message and only_marks(outcome.change)


def adoption_line(outcomes: Sequence[Outcome], palette: Colors = PLAIN) -> str:
    """Show all plain adoptions on one line. Shape: empty without one."""
    adopted = [outcome.change for outcome in outcomes if is_plain_adoption(outcome)]
    if len(adopted) < 2:  # noqa: PLR2004 - a single one is shown with its id
        return "".join(outcome_line(o, palette) for o in outcomes if is_plain_adoption(o))
    return f"  {palette.paint('✓')} = {adopted_words(adopted)}"


def outcome_summary(outcomes: Sequence[Outcome]) -> str:
    """Show the counts, the charges, and what "in doubt" means if there is any."""
    doubt = [_DOUBT] if any(outcome.result == "in-doubt" for outcome in outcomes) else []
    return joined([[f"Apply: {outcome_counts(outcomes)}", *charge_lines(outcomes)], doubt])


def ending_words(outcome: Outcome) -> tuple[str, str]:
    """Return the sign of an outcome, and its ending in words."""
    message = f": {escape(outcome.message)}" if outcome.message else ""
    done = _DONE[outcome.change.action]
    match outcome.result:
        case "verified":
            return "✓", f"{done}, verified{message}"
        case "diverged":
            return "≠", f"sent, but the panel holds something else{message}"
        case "failed":
            return "✗", f"not {done}{message}"
        case "in-doubt":
            return "?", f"in doubt{message}"
        case "skipped":
            return "·", f"skipped{message}"


def outcome_counts(outcomes: Sequence[Outcome]) -> str:
    """Return how many changes ended in which way."""
    results = [outcome.result for outcome in outcomes]
    parts = [
        f"{results.count(result)} {words}"
        for result, words in _RESULTS.items()
        if result in results or result == "verified"
    ]
    return f"{', '.join(parts)}."


def charge_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a line for each charge, taken or possible."""
    lines = []
    for outcome in outcomes:
        change = outcome.change
        is_possible = outcome.result == "in-doubt" and "charge" in change.classes
        if outcome.charged is None and not is_possible:
            continue
        words = cost_words(change, outcome.charged or change.money)
        done = outcome.from_expenses or outcome.result == "verified"
        known = outcome.charged is not None and outcome.charged.amount is not None
        verb = "Charged" if done and known else "Perhaps charged"
        ending = _against_plan(outcome) if done else ""
        lines.append(f"{verb} {words} for {change.address}{ending}.")
    return lines


def _against_plan(outcome: Outcome) -> str:
    """Return how a charge differs from the planned price."""
    taken, planned = outcome.charged, outcome.change.money
    if not outcome.from_expenses:
        planned_so = taken is not None and taken.amount is not None
        return f"{', as planned' * planned_so}; the client's expenses do not show it"
    if taken is None or planned is None or planned.amount is None:
        return ""
    same = (taken.amount, taken.currency) == (planned.amount, planned.currency)
    return "" if same else f"; planned: {money_words(replace(planned, payer=''))}"


def apply_end_text(plan: Plan, outcomes: Sequence[Outcome], *, palette: Colors = PLAIN) -> str:
    """Show what follows the lines of the outcomes: plain adoptions, the counts and what is left."""
    adopted = adoption_line(outcomes, palette)
    start = f"{adopted}\n" if adopted else ""
    return f"{start}\n{outcome_summary(outcomes)}{_unbegun_text(plan, outcomes)}"


def rehearsal_text(
    plan: Plan,
    outcomes: Sequence[Outcome],
    second: Plan,
    charges: Mapping[str, Decimal],
    *,
    palette: Colors = PLAIN,
    clients: int = 0,
) -> str:
    """Show the counts, the charges on the copy, the second plan and the warnings of the first.

    The warnings are repeated because a copy has only the prices that were quoted.
    """
    after = ["The second plan is empty."]
    if not second.empty:
        after = ["The second plan is not empty:"]
        after += [line for change in second.changes for line in change_lines(change, palette)]
    warned = [f"warning: {escape(f.message)}" for f in plan.findings if f.severity == "warning"]
    counts = [*outcome_summary(outcomes).splitlines(), rehearsal_charges(charges)]
    copied = counted(clients, "client")
    end = [f"On a copy of {copied}; {escape(plan.target.name)} was only read."]
    adopted = adoption_line(outcomes, palette).splitlines()
    return "\n" + joined([adopted, counts, after, warned, end])


def rehearsal_charges(charges: Mapping[str, Decimal]) -> str:
    """Return what a rehearsal charged, by currency."""
    sums = ", ".join(money_words(Money(amount, unit)) for unit, amount in sorted(charges.items()))
    return f"Charges on the copy: {sums or 'none'}."


def _unbegun_text(plan: Plan, ended: Sequence[Outcome]) -> str:
    """Return the changes not begun because the panel cannot be reached, with the next commands."""
    addresses = [
        str(outcome.change.address) for outcome in ended if outcome.cause is ReasonCode.UNREACHED
    ]
    if not addresses:
        return ""
    more = len(addresses) - _SHOWN
    names = ", ".join(addresses[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    target = escape(plan.target.name)
    return (
        f"\n{escape(plan.target.url)} cannot be reached any more. Not begun: "
        f"{counted(len(addresses), 'change')} ({escape(names)}).\n"
        f"Find the cause: reconciler doctor --target {target}\n"
        f"Then continue:  reconciler apply --target {target}\n"
    )
