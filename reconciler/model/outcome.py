"""The result of each change, as a second read shows it and not as it was intended.

Invariant: verified + diverged + failed + in-doubt + skipped = the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reconciler.model.reason import ReasonCode

if TYPE_CHECKING:
    from reconciler.model.address import ElementId
    from reconciler.model.plan import Change, Money
    from reconciler.model.resource import Observed
    from reconciler.model.value import Value

Result = Literal["verified", "diverged", "failed", "in-doubt", "skipped"]


@dataclass(frozen=True, slots=True)
class MovedField:
    """A field of a form that a write moved though it did not carry it, as the form prints it.

    ``field`` is its name in manifests where it has one, ``old`` and ``new`` its values.
    """

    param: str
    before: str
    after: str
    field: str = ""
    old: Value = None
    new: Value = None

    @property
    def lost(self) -> bool:
        """Return whether it holds nothing any more."""
        return _is_nothing(self.after)

    @property
    def gained(self) -> bool:
        """Return whether it held nothing before: somebody filled it in, and no edit cleared it."""
        return _is_nothing(self.before)


def _is_nothing(text: str) -> bool:
    return text.strip().lower() in {"", "off", "null", "0"}


# Nothing was sent, because the panel differs from what was planned on.
STALE = frozenset(
    {
        ReasonCode.AMBIGUOUS_MATCH,
        ReasonCode.APPEARED,
        ReasonCode.DUPLICATE_MARKER,
        ReasonCode.FORM_UNAVAILABLE,
        ReasonCode.ID_REUSED,
        ReasonCode.NOT_OFFERED,
        ReasonCode.OBJECT_CHANGED,
        ReasonCode.OBJECT_GONE,
        ReasonCode.ONLY_MATCH,
        ReasonCode.PARENT_MISSING,
        ReasonCode.PRICE_ROSE,
    }
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one change; ``requests`` counts the writes that were sent for it.

    ``cause`` is why it is not verified: the code beside the words of ``message``.
    ``from_expenses``: ``charged`` was read from the client's expenses and is not the planned
    amount. ``moved`` are fields that the write changed although it did not carry them.
    """

    change: Change
    result: Result
    message: str = ""
    id: ElementId | None = None
    observed: Observed | None = None
    requests: int = 0
    charged: Money | None = None
    cause: ReasonCode | None = None
    from_expenses: bool = False
    moved: tuple[MovedField, ...] = ()

    @property
    def is_as_declared(self) -> bool:
        """Whether all that is declared is so, whatever else moved."""
        return self.result == "verified" or self.cause is ReasonCode.SIDE_EFFECT


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that an apply is known, or feared, to have taken."""

    address: str
    money: Money
    certain: bool
