"""Run a plan: changes in order, in parallel where that is safe, one charge at a time.

Invariants: changes of one client run in order (a lane); a change whose dependency failed is
skipped with the cause; the first charge in doubt stops all further charges; the inventory is saved
whatever happens; once the disk cannot be written nothing further is sent, and the requests already
sent are finished and reported.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from reconciler.engine.apply.context import UNRECORDED, open_context
from reconciler.engine.apply.execute import execute_change
from reconciler.engine.apply.inventory import proved_entry, updated_inventory
from reconciler.errors import SecurityStopError
from reconciler.model.outcome import Outcome
from reconciler.model.reason import ReasonCode
from reconciler.panel.concurrency import gather_all
from reconciler.planning.guards import ApplyBudget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.engine.apply.context import ApplyContext, ApplyDeps
    from reconciler.model.address import Address
    from reconciler.model.edit_effect import EditEffects
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.outcome import Result
    from reconciler.model.plan import Change, ChangeClass, Plan
    from reconciler.model.value import Ref
    from reconciler.ports import EditMemory


async def apply_plan(
    deps: ApplyDeps,
    plan: Plan,
    *,
    allow: Iterable[ChangeClass],
    on_outcome: Callable[[Outcome], None] = lambda _outcome: None,
    is_interrupted: Callable[[], bool] = lambda: False,
) -> tuple[Outcome, ...]:
    """Run a plan. Changes of one client run in order; changes that cost money run one at a time.

    ``on_outcome`` is called with each outcome. A change is skipped if the guards, with the consents
    of ``allow``, refuse the sum of it and those begun before. Once ``is_interrupted`` returns true,
    the changes that are begun are finished, and no other is begun.

    Raises: SecurityStopError when nothing may be sent and nothing was; later it is an outcome.
            StoreError or LockedError when the inventory or the journal could not be written, after
            every outcome was reported.
    """
    work, memory = deps.work, deps.edit_memory
    budget = ApplyBudget(plan, work.guards, frozenset(allow), work.catalogue)
    context = open_context(deps, plan, budget)
    intents, canaries = context.intents, context.known.canaries
    deps.progress.stage("applying", len(plan.changes))
    run = _Run(context, plan, on_outcome, is_interrupted)
    try:
        await gather_all(run.follow(position) for position in range(len(plan.changes)))
    finally:
        known = tuple(run.outcomes[position] for position in sorted(run.outcomes))
        await intents.record(lambda: _save(deps, updated_inventory(work, plan, known)))
        if memory is not None and canaries.seen:
            await intents.record(lambda: _remember(memory, canaries.seen))
    if intents.unrecorded is not None:
        raise intents.unrecorded
    if intents.stopped and not any(outcome.requests for outcome in known):
        raise SecurityStopError(intents.stopped)
    return known


async def _save(deps: ApplyDeps, entries: Mapping[Address, InventoryEntry]) -> None:
    """Save the inventory, and let the journal know, in this order: the other one loses entries."""
    await deps.journal.flush()
    deps.inventory.save(entries)
    deps.journal.mark_saved()


async def _remember(memory: EditMemory, seen: EditEffects) -> None:
    memory.save(seen)


class _Run:
    """The changes of one apply, each waiting for its dependencies."""

    def __init__(
        self,
        context: ApplyContext,
        plan: Plan,
        on_outcome: Callable[[Outcome], None],
        is_interrupted: Callable[[], bool],
    ) -> None:
        self.context = context
        self.plan = plan
        self.outcomes: dict[int, Outcome] = {}
        self.on_outcome = on_outcome
        self.is_interrupted = is_interrupted
        self.ended = [asyncio.Event() for _ in plan.changes]
        self.lanes: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        writes = max(1, context.deps.target.limits.writes)
        self.width = asyncio.Semaphore(context.deps.journal.width(writes))
        self.places: defaultdict[Address, list[int]] = defaultdict(list)
        # By position, what comes before it in its lane: a change that waits keeps its place.
        self.before: dict[int, int] = {}
        last: dict[str, int] = {}
        for position, change in enumerate(plan.changes):
            self.places[change.address].append(position)
            lane = self._lane(change)
            if lane in last:
                self.before[position] = last[lane]
            last[lane] = position

    async def follow(self, position: int) -> None:
        """Wait for a change's dependencies, execute it in its lane, and wake those that wait."""
        change = self.plan.changes[position]
        needs = self._needs(position)
        for other in (*needs, *([self.before[position]] if position in self.before else ())):
            await self.ended[other].wait()
        try:
            unmet = next((o for o in needs if not self.outcomes[o].is_as_declared), None)
            if unmet is not None:
                blocker = self.plan.changes[unmet].address
                message = f"not sent: it needs {blocker}, which was not done"
                # The report lists all changes that an unreachable panel stopped in one sentence.
                unreached = self.outcomes[unmet].cause is ReasonCode.UNREACHED
                cause = ReasonCode.UNREACHED if unreached else ReasonCode.NEED_UNMET
                outcome = Outcome(change, "skipped", message, cause=cause)
            else:
                outcome = await self._take_turn(change)
            self.outcomes[position] = outcome
            self.on_outcome(outcome)
            self.context.deps.progress.step()
            if outcome.observed is not None:
                kind = self.context.kind_of(change)
                self.context.parents.add(kind, outcome.change.desired, outcome.observed)
            await self.context.intents.conclude(outcome, self._proved(position))
        finally:
            self.ended[position].set()

    def _proved(self, position: int) -> Mapping[Address, InventoryEntry | None]:
        """Return what the outcomes so far prove of the resource of a change."""
        address = self.plan.changes[position].address
        ended = [self.outcomes[p] for p in self.places[address] if p in self.outcomes]
        changes = tuple(self.plan.changes[p] for p in self.places[address])
        return proved_entry(self.context.work, changes, ended)

    def _needs(self, position: int) -> list[int]:
        change = self.plan.changes[position]
        needs = {p for address in change.depends_on for p in self.places[address]}
        needs |= {p for p in self.places[change.address] if p < position}
        return sorted(needs - {position})

    async def _take_turn(self, change: Change) -> Outcome:
        """Execute a change once its lane is free, or skip it because of other outcomes."""
        charges = self.context.charges
        async with AsyncExitStack() as stack:
            # The panel computes a client's prices and balance from everything that the client
            # has: two writes at the same time would race for both.
            await stack.enter_async_context(self.lanes[self._lane(change)])
            if "charge" in change.classes:
                # One charge at a time: otherwise a new expense could belong to either of two.
                await stack.enter_async_context(charges.turn)
                if charges.in_doubt:
                    # The next charge may meet the same fault, and then two are in doubt.
                    message = f"no further charges while {charges.in_doubt} is in doubt"
                    cause = ReasonCode.CHARGE_IN_DOUBT
                    return Outcome(change, "skipped", message, change.id, cause=cause)
            await stack.enter_async_context(self.width)
            stack.enter_context(self.context.deps.journal.change())
            if skipped := self._why_skipped(change):
                return skipped
            outcome = await self._unless_stopped(change)
            if outcome.from_expenses and outcome.charged is not None:
                charges.budget.correct(change, outcome.charged)
            if outcome.result == "in-doubt":
                charges.in_doubt = str(change.address)
            return outcome

    def _why_skipped(self, change: Change) -> Outcome | None:
        stopped = self.context.intents.stopped
        if stopped or self.is_interrupted():
            message = f"nothing further is sent: {stopped or 'interrupted'}"
            cause = ReasonCode.STOPPED if stopped else ReasonCode.INTERRUPTED
            return Outcome(change, "skipped", message, change.id, cause=cause)
        if self.context.known.unreachable and change.action != "blocked":
            message = "not started: the panel cannot be reached any more"
            return Outcome(change, "skipped", message, change.id, cause=ReasonCode.UNREACHED)
        if refusals := self.context.charges.budget.admit(change):
            message = f"a guard refuses it: {refusals[0]}"
            return Outcome(change, "skipped", message, change.id, cause=ReasonCode.GUARD)
        return None

    async def _unless_stopped(self, change: Change) -> Outcome:
        """Execute a change; an error that stops the run becomes its outcome."""
        intents = self.context.intents
        try:
            return await execute_change(self.context, change)
        except (SecurityStopError, *UNRECORDED) as error:
            if isinstance(error, UNRECORDED):
                intents.give_up(error)
            intents.stop(error)
            sent = intents.sent_for(change)
            may_have_effect = intents.may_have_effect(change)
            if not may_have_effect:
                intents.leave_open(change)
            doubtful = may_have_effect and "charge" in change.classes
            result: Result = "in-doubt" if doubtful else "failed"
            cause = ReasonCode.STOPPED
            return Outcome(change, result, str(error), change.id, requests=sent, cause=cause)

    def _lane(self, change: Change) -> str:
        parent: Ref | None = change.desired.parent if change.desired else None
        if parent is not None:
            return self.context.parents.ids.get(parent, str(parent))
        scope = change.observed.scope if change.observed else None
        return str((scope.parent if scope else None) or change.id or change.address)
