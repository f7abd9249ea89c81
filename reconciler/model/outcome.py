"""What became of each change, told by reading again and not by what was intended.

Invariant: verified + diverged + failed + in-doubt + skipped = the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.model.address import ElementId
    from reconciler.model.plan import Change, Money
    from reconciler.model.resource import Observed
    from reconciler.model.value import Value

Result = Literal["verified", "diverged", "failed", "in-doubt", "skipped"]


@dataclass(frozen=True, slots=True)
class Moved:
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
        """Tell whether it holds nothing any more."""
        return _is_nothing(self.after)

    @property
    def gained(self) -> bool:
        """Tell whether it held nothing before: somebody filled it in, and no edit cleared it."""
        return _is_nothing(self.before)


def _is_nothing(text: str) -> bool:
    return text.strip().lower() in {"", "off", "null", "0"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one change; ``requests`` counts the writes that were sent for it.

    ``stale`` tells that the change was left alone because the world differs from the plan,
    ``unserved`` that the panel did not serve us before anything of it was sent, ``unreached`` that
    it was not begun, since the panel could not be reached any more, ``waiting`` that
    what was sent waits in a cart, unseen, and is not sent a second time, ``booked`` that
    ``charged`` is what the panel's own books show, and not what was planned. ``moved`` is what the
    write moved beside what it carried, ``as_declared`` that all that is declared is so even then.
    ``unseen`` names the list that does not show what the panel says it made.
    """

    change: Change
    result: Result
    message: str = ""
    id: ElementId | None = None
    observed: Observed | None = None
    requests: int = 0
    charged: Money | None = None
    stale: bool = False
    unserved: bool = False
    unreached: bool = False
    waiting: bool = False
    booked: bool = False
    moved: tuple[Moved, ...] = ()
    as_declared: bool = False
    unseen: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that an apply is known, or feared, to have taken."""

    address: str
    money: Money
    certain: bool
