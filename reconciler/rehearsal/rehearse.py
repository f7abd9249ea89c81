"""Rehearse a plan: copy the clients that it touches, apply it to the copy, plan again.

Invariants: the panel itself is only read; the copy is in a temporary folder that is deleted
afterwards; a change that the copy cannot show is reported, never counted as done.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, get_args

from reconciler.engine.apply.context import ApplyDeps
from reconciler.engine.apply.run import apply_plan
from reconciler.engine.planner import make_plan, make_undo
from reconciler.errors import ManifestsError, RefusedError
from reconciler.model.finding import placed
from reconciler.model.number import NumberShape
from reconciler.model.outcome import Outcome
from reconciler.model.plan import ChangeClass, TargetRef
from reconciler.model.reason import ReasonCode
from reconciler.model.refusal import Refusal
from reconciler.model.target import Guards
from reconciler.model.value import Choice
from reconciler.panel import open_panel
from reconciler.panel.readonly import ReadOnly, read_functions
from reconciler.planning.context import PlanOptions
from reconciler.rehearsal.capture import any_client, capture_clients, open_blanks
from reconciler.rehearsal.copy import mirror_source, read_variant
from reconciler.rehearsal.recording_reader import RecordingReader
from reconciler.rehearsal.subset import touched_clients, touched_subset
from reconciler.sandbox import Install, Sandbox, ledger
from reconciler.sandbox.seeding import mirror as copying
from reconciler.sandbox.seeding.amounts import MirrorError
from reconciler.store.inventory import FileInventory
from reconciler.store.journal import FileJournal
from reconciler.store.journal_writer import JournalWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address
    from reconciler.model.plan import Change, Plan
    from reconciler.model.target import Target
    from reconciler.model.undo import InverseChange
    from reconciler.model.value import Value
    from reconciler.planning.context import PlanContext
    from reconciler.ports import Clock, Progress, Reader, Secrets

_UNPRICED = "its client is created by this plan, so no order form shows the service"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The outcomes of a plan on a copy of some clients, and the second plan.

    ``charged`` are the charges in the copy's own ledger, by currency.
    """

    outcomes: tuple[Outcome, ...]
    second: Plan
    charged: Mapping[str, Decimal]
    clients: int


@dataclass(frozen=True, slots=True)
class RehearsalInput:
    """The input of a rehearsal: the plan, its context, and the settings of the copy.

    ``back`` holds the changes of the run that the plan undoes, if it undoes one.
    """

    work: PlanContext
    plan: Plan
    target: Target
    secrets: Secrets
    clock: Clock
    back: tuple[InverseChange, ...] = ()

    async def replan(self, reader: Reader, work: PlanContext, progress: Progress) -> Plan:
        """Plan again as the plan was made, with another context or panel."""
        if self.plan.undoes:
            run, options = self.plan.undoes, PlanOptions()
            return await make_undo(reader, work, options, progress, back=self.back, run=run)
        return await make_plan(reader, work, PlanOptions(), progress)

    async def replan_on_copy(self, reader: Reader, work: PlanContext, progress: Progress) -> Plan:
        """Plan on the copy, which must accept every manifest that the panel accepted.

        Raises: RefusedError when it does not.
        """
        try:
            return await self.replan(reader, work, progress)
        except ManifestsError as error:
            faults = sorted({placed(finding) for finding in error.findings})
            message = "the copy lacks an option of the panel, so this cannot be rehearsed"
            reasons = [Refusal("not-faithful", text) for text in (*faults, message)]
            raise RefusedError(reasons) from error


async def rehearse(
    given: RehearsalInput,
    reader: Reader,
    *,
    progress: Progress,
    on_outcome: Callable[[Outcome], None],
) -> Rehearsal:
    """Copy what a plan touches, apply the plan to the copy, and plan once more.

    Raises: RefusedError when the copy does not show what was planned.
    """
    kinds, plan = given.work.catalogue.by_name, given.plan
    dropped = [c for c in plan.changes if _is_unpriced(kinds[c.address.kind], c, plan)]
    left = {change.address for change in dropped}
    part = touched_subset(given.work, given.plan)
    part = replace(part, desired=tuple(d for d in part.desired if d.address not in left))
    recorded = RecordingReader(reader)
    await given.replan(recorded, part, progress)
    clients = touched_clients(given.work, given.plan)
    if not clients:
        # A client that does not exist yet gets the same options as an existing one.
        clients = await any_client(reader, part.catalogue)
    await open_blanks(recorded, part.catalogue, _created(given.plan), next(iter(clients), None))
    found = await capture_clients(reader, part.catalogue, clients, recorded)
    with TemporaryDirectory(prefix="reconciler-rehearsal-") as folder:
        try:
            copying.mirror(Path(folder) / "copy.sqlite3", mirror_source(found, given.plan))
        except MirrorError as error:
            message = f"the clients cannot be copied: {error}"
            raise RefusedError([Refusal("not-faithful", message)]) from error
        ended = await _play(
            given,
            part,
            Path(folder),
            progress=progress,
            on_outcome=on_outcome,
            left=left,
            install=Install(orders=read_variant(found)),
        )
    skipped = tuple(
        Outcome(change, "skipped", _UNPRICED, cause=ReasonCode.UNPRICED) for change in dropped
    )
    for outcome in skipped:
        on_outcome(outcome)
    return replace(ended, outcomes=ended.outcomes + skipped, clients=len(clients))


async def _play(
    given: RehearsalInput,
    part: PlanContext,
    folder: Path,
    *,
    progress: Progress,
    on_outcome: Callable[[Outcome], None],
    left: set[Address],
    install: Install,
) -> Rehearsal:
    """Apply the plan to the copy in a folder, and plan once more."""
    target, clock = given.target, given.clock
    limits = replace(target.limits, settle=0.0)
    shape = NumberShape(".")  # the copy prints numbers with a point, whatever the panel does
    target = replace(target, url=f"sandbox:{folder}", format="xml", numbers=shape, limits=limits)
    # The guards checked the plan itself; a share of the part would be another share.
    guards = Guards(max_deletes=None)
    part = replace(part, target=TargetRef(target.name, "a copy"), guards=guards)
    inventory = FileInventory(folder / "inventory.json", target.name)
    inventory.save(part.inventory)
    with Sandbox(folder / "copy.sqlite3", lag=timedelta(0), install=install) as sandbox:
        async with open_panel(target, secrets=given.secrets, clock=clock, app=sandbox) as panel:
            reader = ReadOnly(panel, read_functions(part.catalogue))
            plan = await given.replan_on_copy(reader, part, progress)
            require_same(given.plan, plan, left)
            plan = _at_moved_prices(given.plan, plan, left)
            journal = FileJournal(folder / "journal")
            journal.begin("rehearsal")
            writer = JournalWriter(journal)
            deps = ApplyDeps(panel, part, target, clock, writer, inventory, progress)
            outcomes = await apply_plan(
                deps, plan, allow=get_args(ChangeClass), on_outcome=on_outcome
            )
            after = replace(part, inventory=inventory.load())
            second = await given.replan_on_copy(reader, after, progress)
        charged: dict[str, Decimal] = {}
        for charge in ledger(sandbox):
            charged[charge.currency] = charged.get(charge.currency, Decimal(0)) + charge.amount
    return Rehearsal(outcomes, second, charged, 0)


def _created(plan: Plan) -> Iterable[str]:
    return (change.address.kind for change in plan.changes if change.action == "create")


def _is_unpriced(kind: ResourceKind, change: Change, plan: Plan) -> bool:
    """Return whether a change is an order for a client who does not exist yet."""
    desired = change.desired
    if desired is None or change.action != "create" or not kind.order:
        return False
    return desired.parent not in plan.parents


def require_same(planned: Plan, copied: Plan, left: set[Address]) -> None:
    """Raise RefusedError unless the plan on the copy equals the original one.

    Choices are compared by their codes, because two forms of one panel may label one differently.
    A choice without a code, whose form did not open, equals any.
    """
    wanted, there = _sorted(planned, left), _sorted(copied, left)
    moved = sorted(
        {str(key[0]) for key in {*wanted, *there} if not _alike(wanted[key], there[key])}
    )
    if moved:
        reasons = [f"{address}: the copy needs another change" for address in moved]
        reasons.append("this plan cannot be rehearsed: the copy is not faithful")
        raise RefusedError([Refusal("not-faithful", text) for text in reasons])


def _at_moved_prices(planned: Plan, copied: Plan, left: set[Address]) -> Plan:
    """Return the plan on the copy with each price that the original plan moves by itself."""
    there = _sorted(planned, left)
    changes = []
    for change in copied.changes:
        same = there.get((change.address, change.action))
        money = same.pop(0).money if same else None
        moves = money is not None and money.before is not None
        changes.append(replace(change, money=money) if moves else change)
    return replace(copied, changes=tuple(changes))


def _sorted(plan: Plan, left: set[Address]) -> defaultdict[tuple[Address, str], list[Change]]:
    found: defaultdict[tuple[Address, str], list[Change]] = defaultdict(list)
    for change in plan.changes:
        if change.action != "blocked" and change.address not in left:
            found[change.address, change.action].append(change)
    return found


def _alike(some: list[Change], others: list[Change]) -> bool:
    return len(some) == len(others) and all(
        one.classes == other.classes
        and [edit.field for edit in one.edits] == [edit.field for edit in other.edits]
        and all(
            _same(mine, its)
            for edit, copied in zip(one.edits, other.edits, strict=True)
            for mine, its in ((edit.before, copied.before), (edit.after, copied.after))
        )
        for one, other in zip(some, others, strict=True)
    )


def _same(one: Value, other: Value) -> bool:
    match one, other:
        case Choice(), Choice():
            return one.id is None or other.id is None or one.id == other.id
        case frozenset(), frozenset() if len(one) == len(other):
            ids, others = {choice.id for choice in one}, {choice.id for choice in other}
            return None in ids | others or ids == others
    return one == other
