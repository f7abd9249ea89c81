"""Where the deeds are done: the panel, the clock, and what is known of parents by now.

Invariant: ids and logins of parents only grow during a run; they are never guessed.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from reconciler.engine.apply.canary import Canaries
from reconciler.engine.whole_list import by_scope
from reconciler.errors import LockedError, StoreError
from reconciler.model.value import Ref
from reconciler.planning.calls import Ordering, Setting

if TYPE_CHECKING:
    from reconciler.engine.order_way import Ways
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.address import Address, ElementId
    from reconciler.model.inventory import Entry
    from reconciler.model.plan import Change
    from reconciler.model.resource import Desired, Observed, Scope
    from reconciler.model.target import Target
    from reconciler.planning.policy import Allowance
    from reconciler.planning.work import Workspace
    from reconciler.ports import Clock, Journal, Panel

T = TypeVar("T")
PROOF_SECONDS = 10.0
BUSY_SECONDS = 20.0
MOVED = "it changed since it was planned on; left alone"
# What is raised when something cannot, or may not, be written down any more.
UNRECORDED = (StoreError, LockedError)


@dataclass(slots=True)
class Site:
    """What every deed is done with.

    ``refused`` are the intents whose requests the panel refused, ``born`` the clients, or what else
    holds others, that this run has made, ``forms`` the forms of what is edited, as they stood
    before, ``unseen`` the lists that do not show what was made,
    ``creating`` the functions that create here, by kind, ``ordering`` how each order is to be sent
    and ``ways`` how services of each type are ordered, ``away`` that the panel was asked again and
    again, and cannot be reached any more.
    """

    panel: Panel
    work: Workspace
    target: Target
    clock: Clock
    journal: Journal
    allowance: Allowance
    ids: dict[Ref, ElementId] = field(default_factory=dict)
    logins: dict[ElementId, str] = field(default_factory=dict)
    intents: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: set[int] = field(default_factory=set)
    born: set[ElementId] = field(default_factory=set)
    booked: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    paired: defaultdict[Scope, list[tuple[Desired, Observed]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    known: dict[Scope, tuple[str, ...]] = field(default_factory=dict)
    owned: dict[Scope, list[tuple[Address, Entry]]] = field(init=False)
    charging: asyncio.Lock = field(default_factory=asyncio.Lock)
    canaries: Canaries = field(default_factory=lambda: Canaries({}))
    forms: dict[str, Mapping[str, str]] = field(default_factory=dict)
    unseen: dict[Scope, str] = field(default_factory=dict)
    creating: dict[str, str] = field(default_factory=dict)
    ordering: dict[str, Ordering] = field(default_factory=dict)
    ways: Ways = field(default_factory=dict)
    doubt: str = ""
    stopped: str = ""
    away: bool = False
    unrecorded: StoreError | LockedError | None = None

    def __post_init__(self) -> None:
        """Sort what is owned by the lists that it stands in."""
        self.owned = by_scope(self.work.inventory)

    def note(self, kind: ResourceKind, desired: Desired | None, observed: Observed) -> None:
        """Remember an object that others may refer to."""
        if desired is not None:
            self.ids[Ref(kind.name, "name", desired.address.name)] = observed.row_id
        self.ids[Ref(kind.name, "id", observed.row_id)] = observed.row_id
        if kind.login:
            known = desired.fields.get(kind.login) if desired else ""
            live = observed.fields.get(kind.login) or known
            self.logins[observed.row_id] = str(live or "")

    def unanswered(self, change: Change) -> bool:
        """Tell whether something of a change was sent that the panel did not refuse."""
        return not self.refused.issuperset(self.intents[str(change.address)])

    def leave(self, change: Change) -> None:
        """Leave the intents of a change as the journal has them, for the next run to settle."""
        self.intents.pop(str(change.address), None)

    def record(self, write: Callable[[], object]) -> None:
        """Write something down; once that fails nothing further is sent, and it is not lost."""
        try:
            write()
        except UNRECORDED as error:
            self.give_up(error)

    def give_up(self, error: StoreError | LockedError) -> None:
        """Send nothing further: what would become of it could not be written down."""
        self.unrecorded = self.unrecorded or error
        self.stopped = self.stopped or str(error)

    def parent_of(self, desired: Desired) -> ElementId | None:
        """Return the id of a resource's parent, None while it is not known."""
        return self.ids.get(desired.parent) if desired.parent else None

    def login_of(self, kind: ResourceKind, parent: ElementId | None) -> str:
        """Return the login that a kind's lists and orders are asked under."""
        return kind.su(self.logins.get(parent, "")) if parent else ""

    def setting(self, kind: ResourceKind, parent: ElementId | None) -> Setting:
        """Return what compiling a call needs."""
        return Setting(
            self.work.namespace,
            kind.plid(parent),
            self.login_of(kind, parent),
        )

    def patience(self, word: str) -> float:
        """Return for how long an effect is looked for after an answer."""
        settle = self.target.limits.settle
        return 0.0 if word in {"refused", "unsent"} else min(PROOF_SECONDS, max(settle, 0.2))

    async def wait_to_settle(self, address: Address) -> None:
        """Wait until what was sent, and whose answer was lost, must have taken effect."""
        reason = f"the answer for {address} was lost, and it may still take effect"
        await self.clock.sleep(self.target.limits.settle, reason)

    async def until(
        self, look: Callable[[], Awaitable[T]], good: Callable[[T], bool], seconds: float
    ) -> T:
        """Look, and look again with growing pauses, until what is seen is good or time is up."""
        end = self.clock.now() + seconds
        pause = 0.05
        seen = await look()
        while not good(seen) and self.clock.now() + pause <= end:
            await self.clock.sleep(pause, "the panel does not show what was sent yet")
            pause = min(pause * 2, 2.0)
            seen = await look()
        return seen
