"""Why something is refused or stale: a sentence for people, with a code for programs.

Invariant: a code never changes its meaning, and the words beside it may change at any time.
"""

from __future__ import annotations

from typing import Literal, Self

RefusalCode = Literal[
    # A guard.
    "charge-negative",
    "charge-unbounded",
    "charge-unknown",
    "max-charge",
    "max-delete-share",
    "max-deletes",
    "max-rate-move",
    "max-update-share",
    "rate-move-unknown",
    # A consent, an approval, a policy or an answer.
    "approval-invalid",
    "approval-missing",
    "approval-needs-plan",
    "consent-missing",
    "not-an-approver",
    "not-approved",
    "policy",
    "unconfirmed",
    # A saved plan that nobody may apply, or that fits no more.
    "plan-altered",
    "plan-of-another-day",
    "plan-of-pseudonyms",
    "plan-unsigned",
    "plan-undated",
    "applied-before",
    "manifests-changed",
    "not-a-shard",
    "nothing-left",
    "object-changed",
    "other-action",
    "other-plan",
    "other-target",
    "price-changed",
    "shard-alone",
    "shard-missing",
    "shard-of-other-count",
    "shard-of-other-plan",
    "shard-twice",
    "state-changed",
    "too-new",
    "too-old",
    # The panel, or what is there.
    "already-declared",
    "already-managed",
    "foreign-marker",
    "list-incomplete",
    "no-match",
    "not-found",
    "other-kind",
    "other-parent",
    "too-little-shown",
    "not-faithful",
    "panel-refused",
]


class Refusal(str):
    """A reason as a sentence, and its code."""

    __slots__ = ("code",)
    code: RefusalCode

    def __new__(cls, code: RefusalCode, text: str) -> Self:
        """Make a reason of its code and its words."""
        made = super().__new__(cls, text)
        made.code = code
        return made
