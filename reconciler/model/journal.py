"""What was intended, before it was sent: enough to find out later what became of it.

Invariants: an intent holds no secret; it names the object or the order well enough to be settled
by looking, without the manifests that led to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.plan import Action, Money
    from reconciler.model.reason import ReasonCode
    from reconciler.model.resource import Lifecycle, Scope

SettledResult = Literal[
    "verified", "diverged", "absent", "superseded", "waiting", "unseen", "in-doubt"
]


# What older versions wrote for a result, and its name today.
_FORMER = {"unsettled": "in-doubt"}


def current_result(written: str) -> str:
    """Return the result that a line of the journal names, whichever version wrote it."""
    return _FORMER.get(written, written)


class IntentState(Enum):
    """What the journal holds of an intent that has no end yet, by the word that it writes.

    IN_DOUBT: nobody knows what became of the request.
    WAITING:  the panel took it, and it waits in a cart, where it is not seen.
    REFUSED:  the panel refused it, and nobody has looked since.
    UNSEEN:   the panel confirmed that it created it, and its list does not show it.
    """

    IN_DOUBT = "in-doubt"
    WAITING = "waiting"
    REFUSED = "refused"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Intent:
    """One request that is about to be sent.

    ``element`` is the object that it acts on, empty for a create or an order. ``marker`` is the
    marker that a new object gets, ``expects`` the fields that prove the effect, ``known`` the rows
    of the scope before the request: a row that is new since may be the result. ``expenses_before``
    are the client's expenses before a charge, None where the panel does not show them.
    ``lifecycle`` is the manifest's rule for the end of the object; it is kept here because a run
    may end before the inventory is saved. ``before`` is the form of the object before an edit,
    without secrets. ``values`` are for people: each field before and after, by its manifest name.
    ``forecast`` is what the plan says that a charge takes.
    """

    address: str
    action: Action
    func: str
    effect: str
    params: tuple[tuple[str, str], ...]
    scope: Scope
    login: str = ""
    element: str = ""
    marker: str = ""
    expects: Mapping[str, str] | None = None
    known: tuple[str, ...] = ()
    expenses_before: tuple[str, ...] | None = None
    lifecycle: Lifecycle | None = None
    before: Mapping[str, str] | None = None
    values: Mapping[str, tuple[Any, Any]] | None = None
    forecast: Money | None = None


@dataclass(frozen=True, slots=True)
class Charged:
    """What a charge took; ``from_expenses``: read from the client's expenses, else as planned."""

    money: Money
    from_expenses: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """One charge of a run: what the plan said that it takes, and what it took.

    ``result`` is the journal's word for how it ended. ``charged`` is None where nothing was
    charged, or nothing says what; ``known`` tells these two apart.
    """

    address: str
    action: Action
    result: str
    forecast: Money | None
    charged: Charged | None
    known: bool

    @property
    def as_forecast(self) -> bool:
        """Return whether the client's expenses show exactly what the plan said."""
        if self.charged is None or self.forecast is None or not self.charged.from_expenses:
            return False
        taken, said = self.charged.money, self.forecast
        return (taken.amount, taken.currency) == (said.amount, said.currency)


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """An intent without an end: its number in the journal, its run, and its age in seconds.

    ``resent``: the same request was sent before, and its object was not found.
    """

    number: int
    run: str
    intent: Intent
    age: float
    state: IntentState = IntentState.IN_DOUBT
    resent: bool = False

    @property
    def charges(self) -> bool:
        """Return whether money may have been taken."""
        return self.intent.effect == "charge"

    @property
    def doubtful(self) -> bool:
        """Return whether it must be seen, or ended by a person, before it may be sent again."""
        return self.charges or self.state in {IntentState.WAITING, IntentState.UNSEEN}


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a read shows about an open intent.

    ``result`` is in-doubt when the read proves nothing, waiting when the order is not visible yet,
    unseen when a list still does not show an object that the panel confirmed.
    """

    open_intent: OpenIntent
    result: SettledResult
    message: str
    element: str = ""
    code: ReasonCode | None = None
