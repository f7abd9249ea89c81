"""One project on one panel, run as the command runs it, in a process that may die at any request.

Invariants: every request goes through the real panel room, every line through the real journal
and inventory; time passes by itself; a dead run writes nothing more.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, TypeAlias, get_args

from reconciler.cli.exit_codes import Applied, exit_code
from reconciler.documents.plan import plan_digest
from reconciler.engine.apply.run import apply_plan
from reconciler.engine.planner import make_plan
from reconciler.engine.resolve import resolve_open
from reconciler.errors import DoubtError, RefusedError
from reconciler.model.plan import ChangeClass
from reconciler.panel.readonly import ReadOnly, read_functions
from reconciler.planning.context import PlanOptions
from reconciler.planning.guards import check_guards
from tests.simulation.change_log import count_asked
from tests.simulation.declaration import NAMESPACE, documents
from tests.support.killing import KillableProcess, KilledError
from tests.support.project import KINDS, NoProgress
from tests.support.recorded_project import RecordedProject
from tests.support.virtual_time import VirtualTime

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import date

    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan
    from reconciler.planning.context import PlanContext
    from reconciler.ports import Progress, Reader
    from reconciler.sandbox.faults import Fault
    from tests.simulation.declaration import Declaration
    from tests.support.killing import Kill

    Planner: TypeAlias = Callable[[Reader, PlanContext, PlanOptions, Progress], Awaitable[Plan]]

ALLOWED: frozenset[ChangeClass] = frozenset(get_args(ChangeClass))


class LongVirtualTime(VirtualTime):
    """A time that may last for days."""

    def today(self) -> date:
        """Return the day that it is by now."""
        return self.moment().date()


@dataclass(slots=True)
class RunResult:
    """How one run went; ``code`` is None when it was killed."""

    code: int | None = None
    plan: Plan | None = None
    planned: int = 0
    outcomes: tuple[Outcome, ...] = ()
    error: BaseException | None = None
    fired: tuple[Fault, ...] = ()
    requests: int = 0


@dataclass(slots=True)
class SimulatedProject(RecordedProject):
    """The project of a history: every run has every consent, and may die at any request.

    ``planner`` makes its plans: without what they come to for people, unless another one is given.
    """

    _: KW_ONLY
    planner: Planner = make_plan
    clock: LongVirtualTime
    namespace: str = NAMESPACE

    def declare(self, declaration: Declaration) -> None:
        """Write the manifests."""
        self.write_documents(documents(declaration))

    def run(
        self,
        *faults: Fault,
        kill: Kill | None = None,
        actions: Mapping[int, Callable[[], None]] | None = None,
    ) -> RunResult:
        """Settle what is open, plan, and apply, as ``apply --yes`` with every consent does."""
        self.requests.clear()
        app = self.faulty(faults)
        process = self.process = KillableProcess(app, kill, actions=actions)
        ran = RunResult()
        try:
            self.clock.run(self._apply(process, ran))
            ran.code = int(exit_code(Applied(ran.outcomes)))
        except KilledError:
            pass
        except Exception as error:  # noqa: BLE001 - as the command line ends with any
            ran.error = error
            ran.code = int(exit_code(error))
        self.process = None
        ran.fired, ran.requests = app.fired, process.count
        self.clock.run(app.settle())
        self.clock.seconds += 1
        return ran

    async def _apply(self, process: KillableProcess, ran: RunResult) -> None:
        async with self.opened(process) as panel:
            for item in await resolve_open(self.resolver(panel)):
                if item.result == "in-doubt":
                    raise DoubtError(item.message)
            context = self.context()
            reader = ReadOnly(panel, read_functions(KINDS))
            plan = await self.planner(reader, context, PlanOptions(), NoProgress())
            verdict = check_guards(plan, context.guards, ALLOWED, KINDS)
            if not verdict.passes:
                raise RefusedError([*verdict.refusals, *verdict.consents])
            ran.plan, ran.planned = plan, count_asked(self.panel)
            reported: list[Outcome] = []
            try:
                deps = self.apply_deps(panel, plan_digest=plan_digest(plan))
                await apply_plan(deps, plan, allow=ALLOWED, on_outcome=reported.append)
            finally:
                ran.outcomes = tuple(reported)
