"""Show the approvals of a plan: those that it has, those that it lacks, and what does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.escape import escape

if TYPE_CHECKING:
    from reconciler.policies.approvals import ApprovalReview, NeededApproval


def approval_lines(review: ApprovalReview) -> list[str]:
    """Show each approval that a plan needs, the missing ones first."""
    given = {each.approver: each for each in review.given}
    lines = []
    for each in review.missing:
        lines.append(f"Needs approval: {_words(each.needed)}")
        lines += [f"  {escape(fault)}" for fault in each.faults]
    for needed in review.needed:
        if needed.approver in given:
            owner = given[needed.approver].key.owner
            lines.append(f"Approved: {_words(needed)}, by {escape(owner)}")
    return lines


def _words(needed: NeededApproval) -> str:
    return f"{escape(needed.approver)} ({escape('; '.join(needed.reasons))})"
