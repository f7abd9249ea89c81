"""A rehearsal in words: what an apply would have come to, and what a second plan would hold.

Invariant: what is left after the rehearsal is shown whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.plan import Money
from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.layout import joined
from reconciler.report.outcome import outcome_summary
from reconciler.report.plan import change_lines
from reconciler.report.value import money_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan


def rehearsal_text(
    plan: Plan,
    outcomes: Sequence[Outcome],
    second: Plan,
    books: Mapping[str, Decimal],
    *,
    palette: Colors = PLAIN,
) -> str:
    """Show the counts, the money, what the copy's books say, and what a second plan holds.

    What the plan warns of is said again: a copy knows no price but those that were quoted.
    """
    sums = ", ".join(money_words(Money(amount, unit)) for unit, amount in sorted(books.items()))
    taken = f"Charges on the copy: {sums}." if sums else "Charges on the copy: none."
    after = ["The second plan is empty."]
    if not second.empty:
        after = ["The second plan is not empty:"]
        after += [line for change in second.changes for line in change_lines(change, palette)]
    warned = [f"warning: {escape(f.message)}" for f in plan.findings if f.severity == "warning"]
    return joined([[*outcome_summary(outcomes).splitlines(), taken], after, warned])
