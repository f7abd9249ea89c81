"""The state of one apply, split by who may write which part.

Invariants: dependencies never change during a run; ids and logins are only added, never guessed;
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
from reconciler.model.journal import Charged, IntentState
from reconciler.model.reason import ReasonCode
from reconciler.model.value import Ref
from reconciler.planning.match.pairing import former_addresses
from reconciler.wire.call import Effect

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
    from reconciler.ports import Clock, EditMemory, IntentWriter, Inventory, Panel, Progress

T = TypeVar("T")
PROOF_SECONDS = 10.0
BUSY_SECONDS = 20.0
MOVED = "the object changed since the plan; nothing was sent"
# Raised when the journal or the inventory can no longer be written.
UNRECORDED = (StoreError, LockedError)
# Outcomes whose intents stay open in the journal: the next run reads the panel again.
_OPEN_STATES = {
    ReasonCode.UNPAID: IntentState.WAITING,
    ReasonCode.CREATED_UNLISTED: IntentState.UNSEEN,
}


@dataclass(frozen=True, slots=True)
class ApplyDeps:
    """The dependencies of an apply. They do not change during a run.

    ``journal`` is written to through the intent log, ``inventory`` and ``edit_memory`` once, at
    the end of the run.
    """

    panel: Panel
    work: PlanContext
    target: Target
    clock: Clock
    journal: IntentWriter
    inventory: Inventory
    progress: Progress
    edit_memory: EditMemory | None = None

    async def wait_to_settle(self, address: Address) -> None:
        """Wait until a request whose answer was lost must have taken effect."""
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
    ``created`` are the ids of the parents that this run has created.
    """

    ids: dict[Ref, ElementId] = field(default_factory=dict)
    logins: dict[ElementId, str] = field(default_factory=dict)
    created: set[ElementId] = field(default_factory=set)

    def add(self, kind: ResourceKind, desired: Desired | None, observed: Observed) -> None:
        """Add an object that others may refer to."""
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
        """Return the login under which a kind's lists are read and its orders sent."""
        return kind.su(self.logins.get(parent, "")) if parent else ""


@dataclass(slots=True)
class IntentLog:
    """The open intents of each change, and the reason why nothing further is sent.

    It alone writes to the journal. ``refused`` are the intents whose requests the panel refused,
    ``stopped`` is the reason why nothing further is sent, ``unrecorded`` the failure after which
    nothing could be written to the disk.
    """

    journal: IntentWriter
    numbers: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: set[int] = field(default_factory=set)
    stopped: str = ""
    unrecorded: StoreError | LockedError | None = None

    async def intend(self, intent: Intent) -> int:
        """Make an intent durable before its request is sent; a charge waits for no other change.

        Raises: StoreError; LockedError when the lock was lost meanwhile.
        """
        number = await self.journal.intend(intent, alone=intent.effect == Effect.CHARGE.value)
        self.numbers[intent.address].append(number)
        self.journal.check()
        return number

    async def refuse(self, number: int, why: str) -> None:
        """Write that a request was refused; its intent stays open until the panel was read."""
        await self.journal.conclude([number], "refused", why, "")
        self.refused.add(number)

    async def withdraw(self, change: Change, number: int, why: str) -> None:
        """End the intent of a request that was never sent: no later error may put it in doubt."""
        self.numbers[str(change.address)].remove(number)
        await self.journal.conclude([number], "unsent", why, "")

    async def conclude(
        self, outcome: Outcome, managed: Mapping[Address, InventoryEntry | None] | None = None
    ) -> None:
        """Write how all requests of a change ended, and the managed objects since."""
        numbers = self.numbers.pop(str(outcome.change.address), [])
        if outcome.result == "in-doubt" and self.refused.issuperset(numbers):
            return  # a refused charge stays open as refused: a later reading may prove it absent
        if numbers:
            state = _OPEN_STATES.get(outcome.cause) if outcome.cause else None
            end = state.value if state else outcome.result
            message, element = outcome.message, outcome.id or ""
            taken = outcome.charged
            charged = Charged(taken, outcome.from_expenses) if taken else None
            urgent = "charge" in outcome.change.classes
            await self.record(
                lambda: self.journal.conclude(
                    numbers, end, message, element, managed=managed, charged=charged, urgent=urgent
                )
            )

    def sent_for(self, change: Change) -> int:
        """Return the number of open requests of a change."""
        return len(self.numbers[str(change.address)])

    def may_have_effect(self, change: Change) -> bool:
        """Return whether a request of a change was sent that the panel did not refuse."""
        return not self.refused.issuperset(self.numbers[str(change.address)])

    def leave_open(self, change: Change) -> None:
        """Drop the intents of a change here; the journal keeps them open for the next run."""
        self.numbers.pop(str(change.address), None)

    async def record(self, write: Callable[[], Awaitable[object]]) -> None:
        """Call what writes to the state; if it fails, nothing further is sent."""
        try:
            await write()
        except UNRECORDED as error:
            self.give_up(error)

    def give_up(self, error: StoreError | LockedError) -> None:
        """Stop sending, because an intent or an outcome could not be written."""
        self.unrecorded = self.unrecorded or error
        self.stop(error)

    def stop(self, error: Exception) -> None:
        """Stop sending; the first reason is the one that is reported."""
        self.stopped = self.stopped or str(error)


@dataclass(slots=True)
class ChargeState:
    """The charges of this run.

    ``budget`` counts the changes that were begun, ``turn`` is held by one charge at a time,
    ``in_doubt`` names the change whose charge is in doubt, after which nothing is charged, and
    ``expenses_before`` holds the ids of each client's expenses before its change; None where the
    panel does not show them.
    """

    budget: ApplyBudget
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    in_doubt: str = ""
    expenses_before: dict[str, tuple[str, ...] | None] = field(default_factory=dict)


@dataclass(slots=True)
class PanelKnowledge:
    """What is known of the panel: from the inventory, the plan and the readings of this run.

    ``owned`` are the managed objects and ``matched`` the pairs of the plan, by their lists; neither
    changes. ``rows_before`` are the rows of a list when it was first read, ``hiding`` the lists
    that do not show a created object, ``create_functions`` the functions that create, by kind,
    ``ways`` how services of each type are ordered, ``canaries`` what edits do to fields that they
    do not carry, ``unreachable`` whether all retries of a request have failed.
    """

    owned: Mapping[Scope, Sequence[tuple[Address, InventoryEntry]]]
    matched: Mapping[Scope, Sequence[tuple[Desired, Observed]]]
    canaries: Canaries
    rows_before: dict[Scope, tuple[str, ...]] = field(default_factory=dict)
    hiding: dict[Scope, str] = field(default_factory=dict)
    create_functions: dict[str, str] = field(default_factory=dict)
    ways: Ways = field(default_factory=dict)
    unreachable: bool = False

    def taken_by_others(self, scope: Scope, desired: Desired) -> frozenset[ElementId]:
        """Return the objects of a list that belong to other resources than this one.

        Without its marker such an object may look like the one that is to be created. The plan
        knew better, from the inventory: asked without it, each run would refuse the create again.
        """
        names = {desired.address, *former_addresses(desired)}
        matched = (o.row_id for d, o in self.matched.get(scope, ()) if d.address not in names)
        managed = (e.row_id for address, e in self.owned.get(scope, ()) if address not in names)
        return frozenset((*matched, *managed))


@dataclass(frozen=True, slots=True)
class ApplyContext:
    """Everything that a change needs to be executed; each part names its writers."""

    deps: ApplyDeps
    parents: ParentIndex
    intents: IntentLog
    charges: ChargeState
    known: PanelKnowledge

    @property
    def panel(self) -> Panel:
        """The panel to read and write."""
        return self.deps.panel

    @property
    def work(self) -> PlanContext:
        """The declared resources, and the inventory at the time of the plan."""
        return self.deps.work

    def kind_of(self, change: Change) -> ResourceKind:
        """Return the kind of a change's resource."""
        return self.work.catalogue.by_name[change.address.kind]

    def call_context(self, kind: ResourceKind, parent: ElementId | None) -> CallContext:
        """Return the input for building a call."""
        return CallContext(
            self.work.namespace,
            kind.plid(parent),
            self.parents.login_of(kind, parent),
        )


def open_context(deps: ApplyDeps, plan: Plan, budget: ApplyBudget) -> ApplyContext:
    """Return the context of an apply, with the parents from its plan."""
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
