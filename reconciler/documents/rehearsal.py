"""A rehearsal as a JSON document: an apply's report, the copy's charges, and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents.outcome import ApplyBody, outcome_document
from reconciler.documents.plan import ChangeDocument, change_document
from reconciler.documents.values import money_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan


class RehearsalDocument(ApplyBody):
    """What an apply would come to: what the copy charged, by currency, and what is left to do."""

    charged: dict[str, str]
    left: list[ChangeDocument]


def rehearsal_document(
    plan: Plan, outcomes: Sequence[Outcome], second: Plan, charged: Mapping[str, Decimal]
) -> RehearsalDocument:
    """Return a rehearsal as JSON."""
    return {
        **outcome_document(plan, outcomes),
        "charged": {unit: money_text(amount) for unit, amount in charged.items()},
        "left": [change_document(change) for change in second.changes],
    }
