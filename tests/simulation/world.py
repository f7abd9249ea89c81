"""One project on one panel, run as the command runs it, in a process that may die at any request.

Invariants: every request goes through the real panel room, every line through the real journal
and inventory; time passes by itself; a dead run writes nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from reconciler.cli.exit import Applied, exit_code
from reconciler.documents.plan import plan_digest
from reconciler.engine.apply.context import ApplyDeps
from reconciler.engine.apply.run import apply_plan
from reconciler.engine.round import make_plan
from reconciler.engine.settle import settle_open
from reconciler.errors import DoubtError, RefusedError
from reconciler.model.plan import ChangeClass
from reconciler.panel.readonly import ReadOnly, read_functions
from reconciler.planning.policy import review
from reconciler.planning.work import PlanOptions
from tests.faults.snap import KilledError
from tests.faults.timeless import Time
from tests.simulation.death import Kill, Life, MortalInventory, MortalJournal
from tests.simulation.declared import NAMESPACE, documents
from tests.simulation.witness import count_asked
from tests.support.ground import KINDS, Ground
from tests.support.round import Quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan
    from reconciler.sandbox.faults import Fault
    from tests.simulation.declared import Declaration

ALLOWED: frozenset[ChangeClass] = frozenset(get_args(ChangeClass))


class Days(Time):
    """The time of a history, which may last for days."""

    def today(self) -> date:
        """Return the day that it is by now."""
        return self.moment().date()


@dataclass(slots=True)
class Ran:
    """How one run went; ``code`` is None when it was killed."""

    code: int | None = None
    plan: Plan | None = None
    planned: int = 0
    outcomes: tuple[Outcome, ...] = ()
    error: BaseException | None = None
    fired: tuple[Fault, ...] = ()
    requests: int = 0


@dataclass(slots=True, kw_only=True)
class World(Ground):
    """The ground of a history, which is told what the command is told and asked for no consent."""

    time: Days
    namespace: str = NAMESPACE

    def declare(self, declaration: Declaration) -> None:
        """Write the manifests."""
        self.write(documents(declaration))

    def run(
        self,
        *faults: Fault,
        kill: Kill | None = None,
        deeds: Mapping[int, Callable[[], None]] | None = None,
    ) -> Ran:
        """Settle what is open, plan, and apply, as ``apply --yes`` with every consent does."""
        self.tap.clear()
        app = self.faulty(faults)
        life = Life(app, kill, deeds or {})
        ran = Ran()
        try:
            self.time.run(self._apply(life, ran))
            ran.code = int(exit_code(Applied(ran.outcomes)))
        except KilledError:
            pass
        except Exception as error:  # noqa: BLE001 - as the command line ends with any
            ran.error = error
            ran.code = int(exit_code(error))
        ran.fired, ran.requests = app.fired, life.count
        self.time.run(app.settle())
        self.time.seconds += 1
        return ran

    async def _apply(self, life: Life, ran: Ran) -> None:
        journal = MortalJournal(self.journal, life)
        async with self.opened(life) as panel:
            for item in await settle_open(self.settler(panel, journal)):
                if item.result == "in-doubt":
                    raise DoubtError(item.message)
            work = self.work()
            reader = ReadOnly(panel, read_functions(KINDS))
            plan = await make_plan(reader, work, PlanOptions(), Quiet())
            verdict = review(plan, work.guards, ALLOWED, KINDS)
            if not verdict.passes:
                raise RefusedError([*verdict.refusals, *verdict.consents])
            ran.plan, ran.planned = plan, count_asked(self.panel)
            journal.begin(plan_digest(plan))
            told: list[Outcome] = []
            try:
                deps = ApplyDeps(
                    panel,
                    work,
                    self.target,
                    self.time,
                    journal=journal,
                    inventory=MortalInventory(self.inventory, life),
                    progress=Quiet(),
                )
                await apply_plan(deps, plan, allow=ALLOWED, on_outcome=told.append)
            finally:
                ran.outcomes = tuple(told)
