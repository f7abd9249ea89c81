"""The state of one apply, split by who may write what.

Invariants: dependencies never change during a run; ids and logins only grow and are never guessed;
every line of the journal is written through the intent log; money is counted in one place.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from reconciler.engine.apply.canary import Canaries
from reconciler.engine.observe.complete_list import by_scope
from reconciler.errors import LockedError, StoreError
from reconciler.mapping.encode import CallContext
from reconciler.model.journal import IntentState
from reconciler.model.reason import ReasonCode
from reconciler.model.value import Ref

if TYPE_CHECKING:
    from reconciler.engine.offers.order_steps import Ways
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address, ElementId
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.journal import Intent
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Change, Plan
    from reconciler.model.resource import Desired, Observed, Scope
    from reconciler.model.target import Target
    from reconciler.planning.context import PlanContext
    from reconciler.planning.guards import ApplyBudget
    from reconciler.ports import Clock, EditMemory, Inventory, Journal, Panel, Progress

T = TypeVar("T")
PROOF_SECONDS = 10.0
BUSY_SECONDS = 20.0
MOVED = "the object changed since the plan; nothing was sent"
# What is raised when something cannot, or may not, be written down any more.
UNRECORDED = (StoreError, LockedError)
# What ends without an end for the journal: the next run has to look again.
_OPEN_STATES = {
    ReasonCode.UNPAID: IntentState.WAITING,
    ReasonCode.CREATED_UNLISTED: IntentState.UNSEEN,
}


@dataclass(frozen=True, slots=True)
class ApplyDeps:
    """What an apply works with. Nobody changes it during a run.

    ``journal`` is written to through the intent log, ``inventory`` and ``edit_memory`` once, at
    the end of the run.
    """

    panel: Panel
    work: PlanContext
    target: Target
    clock: Clock
    journal: Journal
    inventory: Inventory
    progress: Progress
    edit_memory: EditMemory | None = None

    async def wait_to_settle(self, address: Address) -> None:
        """Wait until what was sent, and whose answer was lost, must have taken effect."""
        reason = f"the answer for {address} was lost, and it may still take effect"
        await self.clock.sleep(self.target.limits.settle, reason)

    async def read_until(
        self, read: Callable[[], Awaitable[T]], is_good: Callable[[T], bool], seconds: float
    ) -> T:
        """Read, and read again with growing pauses, until the result is good or time is up."""
        end = self.clock.now() + seconds
        pause = 0.05
        seen = await read()
        while not is_good(seen) and self.clock.now() + pause <= end:
            await self.clock.sleep(pause, "the panel does not show what was sent yet")
            pause = min(pause * 2, 2.0)
            seen = await read()
        return seen


@dataclass(slots=True)
class ParentIndex:
    """Ids and logins of the objects that others refer to.

    Written when a plan is begun, and when an object was created or verified.
    ``created`` are the ids of the objects that others stand in and that this run has created.
    """

    ids: dict[Ref, ElementId] = field(default_factory=dict)
    logins: dict[ElementId, str] = field(default_factory=dict)
    created: set[ElementId] = field(default_factory=set)

    def add(self, kind: ResourceKind, desired: Desired | None, observed: Observed) -> None:
        """Remember an object that others may refer to."""
        if desired is not None:
            self.ids[Ref(kind.name, "name", desired.address.name)] = observed.row_id
        self.ids[Ref(kind.name, "id", observed.row_id)] = observed.row_id
        if kind.login:
            known = desired.fields.get(kind.login) if desired else ""
            live = observed.fields.get(kind.login) or known
            self.logins[observed.row_id] = str(live or "")

    def parent_of(self, desired: Desired) -> ElementId | None:
        """Return the id of a resource's parent, None while it is not known."""
        return self.ids.get(desired.parent) if desired.parent else None

    def login_of(self, kind: ResourceKind, parent: ElementId | None) -> str:
        """Return the login that a kind's lists and orders are asked under."""
        return kind.su(self.logins.get(parent, "")) if parent else ""


@dataclass(slots=True)
class IntentLog:
    """The requests of each change that have no end yet, and why nothing further may be sent.

    It alone writes to the journal. ``refused`` are the intents whose requests the panel refused,
    ``stopped`` says why nothing further is sent, ``unrecorded`` holds the failure after which
    nothing could be written down any more.
    """

    journal: Journal
    numbers: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: set[int] = field(default_factory=set)
    stopped: str = ""
    unrecorded: StoreError | LockedError | None = None

    def intend(self, intent: Intent) -> int:
        """Make an intent durable before its request's first byte. Raises: StoreError."""
        number = self.journal.intend(intent)
        self.numbers[intent.address].append(number)
        return number

    def refuse(self, number: int, why: str) -> None:
        """Write down that a request was refused; it stays open until somebody has looked."""
        self.journal.conclude([number], "refused", why, "")
        self.refused.add(number)

    def withdraw(self, change: Change, number: int, why: str) -> None:
        """End the intent of a request that did not leave: no later error may put it in doubt."""
        self.numbers[str(change.address)].remove(number)
        self.journal.conclude([number], "unsent", why, "")

    def conclude(
        self, outcome: Outcome, managed: Mapping[Address, InventoryEntry | None] | None = None
    ) -> None:
        """Write down what became of all requests of a change, and what is managed since."""
        numbers = self.numbers.pop(str(outcome.change.address), [])
        if outcome.result == "in-doubt" and self.refused.issuperset(numbers):
            return  # a refused charge stays open as refused: looking may yet call it absent
        if numbers:
            state = _OPEN_STATES.get(outcome.cause) if outcome.cause else None
            end = state.value if state else outcome.result
            message, element = outcome.message, outcome.id or ""
            self.record(
                lambda: self.journal.conclude(numbers, end, message, element, managed=managed)
            )

    def sent_for(self, change: Change) -> int:
        """Return how many requests of a change have no end yet."""
        return len(self.numbers[str(change.address)])

    def may_have_effect(self, change: Change) -> bool:
        """Tell whether something of a change was sent that the panel did not refuse."""
        return not self.refused.issuperset(self.numbers[str(change.address)])

    def leave_open(self, change: Change) -> None:
        """Leave the intents of a change as the journal has them, for the next run to resolve."""
        self.numbers.pop(str(change.address), None)

    def record(self, write: Callable[[], object]) -> None:
        """Write something down; once that fails nothing further is sent, and it is not lost."""
        try:
            write()
        except UNRECORDED as error:
            self.give_up(error)

    def give_up(self, error: StoreError | LockedError) -> None:
        """Send nothing further: what would become of it could not be written down."""
        self.unrecorded = self.unrecorded or error
        self.stop(error)

    def stop(self, error: Exception) -> None:
        """Send nothing further; the first reason is the one that is reported."""
        self.stopped = self.stopped or str(error)


@dataclass(slots=True)
class ChargeState:
    """What is known of the money of this run.

    ``budget`` counts what was begun, ``turn`` lets one charge go at a time, ``in_doubt`` names the
    change that may have charged somebody, after which nothing is charged any more, and
    ``expenses_before`` holds the expenses of each change's client as they were before it; None
    where the panel does not show them.
    """

    budget: ApplyBudget
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    in_doubt: str = ""
    expenses_before: dict[str, tuple[str, ...] | None] = field(default_factory=dict)


@dataclass(slots=True)
class PanelKnowledge:
    """What is known of the panel: by the inventory and the plan, and by what this run has read.

    ``owned`` are the managed objects and ``matched`` what the plan matched, by their lists; neither
    changes. ``rows_before`` are the rows of a list when it was first read, ``hiding`` the lists
    that do not show what was created, ``create_functions`` the functions that create here, by kind,
    ``ways`` how services of each type are ordered, ``canaries`` what edits do to fields that they
    do not carry, ``unreachable`` that the panel was asked again and again in vain.
    """

    owned: Mapping[Scope, Sequence[tuple[Address, InventoryEntry]]]
    matched: Mapping[Scope, Sequence[tuple[Desired, Observed]]]
    canaries: Canaries
    rows_before: dict[Scope, tuple[str, ...]] = field(default_factory=dict)
    hiding: dict[Scope, str] = field(default_factory=dict)
    create_functions: dict[str, str] = field(default_factory=dict)
    ways: Ways = field(default_factory=dict)
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class ApplyContext:
    """All that executing a change takes; each part says who writes to it."""

    deps: ApplyDeps
    parents: ParentIndex
    intents: IntentLog
    charges: ChargeState
    known: PanelKnowledge

    @property
    def panel(self) -> Panel:
        """The panel that is read and written."""
        return self.deps.panel

    @property
    def work(self) -> PlanContext:
        """What is declared, and the inventory as it was when the plan was made."""
        return self.deps.work

    def kind_of(self, change: Change) -> ResourceKind:
        """Return the kind of the resource that a change is about."""
        return self.work.catalogue.by_name[change.address.kind]

    def call_context(self, kind: ResourceKind, parent: ElementId | None) -> CallContext:
        """Return what compiling a call needs."""
        return CallContext(
            self.work.namespace,
            kind.plid(parent),
            self.parents.login_of(kind, parent),
        )


def open_context(deps: ApplyDeps, plan: Plan, budget: ApplyBudget) -> ApplyContext:
    """Return the context of an apply, with the parents that its plan has found."""
    work, parents = deps.work, ParentIndex()
    by_name = work.catalogue.by_name
    matched: defaultdict[Scope, list[tuple[Desired, Observed]]] = defaultdict(list)
    for desired, observed in plan.kept.values():
        matched[observed.scope].append((desired, observed))
        parents.add(by_name[desired.address.kind], desired, observed)
    for change in plan.changes:
        if change.observed and change.desired:
            matched[change.observed.scope].append((change.desired, change.observed))
        if change.observed:
            parents.add(by_name[change.address.kind], change.desired, change.observed)
    for ref, observed in plan.parents.items():
        parents.add(by_name[ref.kind], None, observed)
        parents.ids[ref] = observed.row_id
    effects = deps.edit_memory.load() if deps.edit_memory else {}
    canaries = Canaries(effects, whole=deps.target.whole_forms)
    known = PanelKnowledge(by_scope(work.inventory), matched, canaries)
    return ApplyContext(deps, parents, IntentLog(deps.journal), ChargeState(budget), known)
