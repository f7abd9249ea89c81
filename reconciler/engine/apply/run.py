"""Apply: every change in order, side by side where that is safe, one charge at a time.

Invariants: changes of one client run in order (a lane); a change whose needs were not met is
skipped with the cause; the first charge in doubt stops all further charging; the inventory is
saved whatever happens; once something cannot be written down nothing further is sent, and what is
in flight is finished and told.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from reconciler.engine.apply.canary import Canaries
from reconciler.engine.apply.context import UNRECORDED, Site
from reconciler.engine.apply.execute import execute_change
from reconciler.engine.apply.inventory import updated_inventory
from reconciler.errors import SecurityStopError
from reconciler.model.outcome import Outcome
from reconciler.panel.concurrency import gather_all
from reconciler.planning.policy import Allowance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.model.address import Address
    from reconciler.model.outcome import Result
    from reconciler.model.plan import Change, ChangeClass, Plan
    from reconciler.model.target import Target
    from reconciler.model.value import Ref
    from reconciler.planning.work import Workspace
    from reconciler.ports import Clock, EditMemory, Inventory, Journal, Panel, Progress


async def apply_plan(
    panel: Panel,
    plan: Plan,
    work: Workspace,
    target: Target,
    *,
    allow: Iterable[ChangeClass],
    clock: Clock,
    inventory: Inventory,
    journal: Journal,
    progress: Progress,
    effects: EditMemory | None = None,
    told: Callable[[Outcome], None] = lambda _outcome: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> tuple[Outcome, ...]:
    """Do everything that a plan holds; ``told`` hears of each outcome as it comes.

    What the guards refuse, with the consents of ``allow`` and on top of what was begun before, is
    skipped. Once ``interrupted`` says so, what is in flight is finished, and no more is begun.

    Raises: SecurityStopError when nothing may be sent and nothing was; later it is an outcome.
            StoreError or LockedError when the inventory or the journal could not be written, after
            every outcome was told.
    """
    allowance = Allowance(plan, work.guards, frozenset(allow), work.catalogue)
    canaries = Canaries(effects.load() if effects else {}, whole=target.whole_forms)
    site = Site(panel, work, target, clock, journal, allowance, canaries=canaries)
    _know_parents(site, plan)
    outcomes: dict[int, Outcome] = {}
    progress.stage("applying", len(plan.changes))
    run = _Run(site, plan, outcomes, told=told, progress=progress, interrupted=interrupted)
    try:
        await gather_all(run.follow(position) for position in range(len(plan.changes)))
    finally:
        known = tuple(outcomes[position] for position in sorted(outcomes))
        site.record(lambda: inventory.save(updated_inventory(work, plan, known)))
        if effects is not None and canaries.seen:
            site.record(lambda: effects.save(canaries.seen))
    if site.unrecorded is not None:
        raise site.unrecorded
    if site.stopped and not any(outcome.requests for outcome in known):
        raise SecurityStopError(site.stopped)
    return known


def _know_parents(site: Site, plan: Plan) -> None:
    for desired, observed in plan.kept.values():
        site.paired[observed.scope].append((desired, observed))
        site.note(site.work.catalogue.by_name[desired.address.kind], desired, observed)
    for change in plan.changes:
        if change.observed and change.desired:
            site.paired[change.observed.scope].append((change.desired, change.observed))
        if change.observed:
            kind = site.work.catalogue.by_name[change.address.kind]
            site.note(kind, change.desired, change.observed)
    for ref, observed in plan.parents.items():
        site.note(site.work.catalogue.by_name[ref.kind], None, observed)
        site.ids[ref] = observed.row_id


def is_done(outcome: Outcome) -> bool:
    """Tell whether what is declared is so, whatever else moved."""
    return outcome.result == "verified" or outcome.as_declared


class _Run:
    """The changes of one apply, each waiting for what it needs."""

    def __init__(
        self,
        site: Site,
        plan: Plan,
        outcomes: dict[int, Outcome],
        *,
        told: Callable[[Outcome], None],
        progress: Progress,
        interrupted: Callable[[], bool],
    ) -> None:
        self.interrupted = interrupted
        self.site = site
        self.plan = plan
        self.outcomes = outcomes
        self.told = told
        self.progress = progress
        self.ended = [asyncio.Event() for _ in plan.changes]
        self.lanes: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.width = asyncio.Semaphore(max(1, site.target.limits.writes))
        self.places: defaultdict[Address, list[int]] = defaultdict(list)
        for position, change in enumerate(plan.changes):
            self.places[change.address].append(position)

    async def follow(self, position: int) -> None:
        """Wait for a change's needs, do it in its lane, and let the others know."""
        change = self.plan.changes[position]
        needs = self._needs(position)
        for other in needs:
            await self.ended[other].wait()
        try:
            unmet = next((o for o in needs if not is_done(self.outcomes[o])), None)
            if unmet is not None:
                blocker = self.plan.changes[unmet].address
                message = f"it needs {blocker}, which was not done"
                unreached = self.outcomes[unmet].unreached
                outcome = Outcome(change, "skipped", message, unreached=unreached)
            else:
                outcome = await self._perform(change)
            self.outcomes[position] = outcome
            self.told(outcome)
            self.progress.step()
            self._conclude(outcome)
        finally:
            self.ended[position].set()

    def _conclude(self, outcome: Outcome) -> None:
        """Remember the object as it is now, and write down what became of the change's intents."""
        if outcome.observed is not None:
            kind = self.site.work.catalogue.by_name[outcome.change.address.kind]
            self.site.note(kind, outcome.change.desired, outcome.observed)
        numbers = self.site.intents.pop(str(outcome.change.address), [])
        if outcome.result == "in-doubt" and self.site.refused.issuperset(numbers):
            return  # a refused charge stays open as refused: looking may yet call it absent
        if numbers:
            end = "waiting" if outcome.waiting else "unseen" if outcome.unseen else outcome.result
            message, element = outcome.message, outcome.id or ""
            self.site.record(lambda: self.site.journal.conclude(numbers, end, message, element))

    def _needs(self, position: int) -> list[int]:
        change = self.plan.changes[position]
        needs = {p for address in change.depends_on for p in self.places[address]}
        needs |= {p for p in self.places[change.address] if p < position}
        return sorted(needs - {position})

    async def _perform(self, change: Change) -> Outcome:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.lanes[self._lane(change)])
            if "charge" in change.classes:
                await stack.enter_async_context(self.site.charging)
                if self.site.doubt:
                    message = f"no further charges while {self.site.doubt} is in doubt"
                    return Outcome(change, "skipped", message, change.id)
            await stack.enter_async_context(self.width)
            if self.site.stopped or self.interrupted():
                why = self.site.stopped or "interrupted"
                message = f"nothing further is sent: {why}"
                return Outcome(change, "skipped", message, change.id)
            if self.site.away and change.action != "blocked":
                message = "not begun: the panel cannot be reached any more"
                return Outcome(change, "skipped", message, change.id, unreached=True)
            if refusals := self.site.allowance.admit(change):
                return Outcome(change, "skipped", f"a guard refuses it: {refusals[0]}", change.id)
            outcome = await self._unless_stopped(change)
            if outcome.booked and outcome.charged is not None:
                self.site.allowance.correct(change, outcome.charged)
            if outcome.result == "in-doubt":
                self.site.doubt = str(change.address)
            return outcome

    async def _unless_stopped(self, change: Change) -> Outcome:
        """Do a change; what makes us stop everything is an outcome of it, and of all after it."""
        try:
            return await execute_change(self.site, change)
        except (SecurityStopError, *UNRECORDED) as error:
            if isinstance(error, UNRECORDED):
                self.site.give_up(error)
            self.site.stopped = self.site.stopped or str(error)
            sent = len(self.site.intents[str(change.address)])
            unanswered = self.site.unanswered(change)
            if not unanswered:
                self.site.leave(change)
            doubtful = unanswered and "charge" in change.classes
            result: Result = "in-doubt" if doubtful else "failed"
            return Outcome(change, result, str(error), change.id, requests=sent)

    def _lane(self, change: Change) -> str:
        parent: Ref | None = change.desired.parent if change.desired else None
        if parent is not None:
            return self.site.ids.get(parent, str(parent))
        scope = change.observed.scope if change.observed else None
        return str((scope.parent if scope else None) or change.id or change.address)
