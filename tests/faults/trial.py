"""A trial: the project on a panel with other clients, a fault during plan or apply, the end.

Invariants: every question and every write goes through the real panel room; what is believed is
the panel's own ledger, tables and audit, and what was seen on the line.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import Applied, exit_code
from reconciler.engine.apply.run import apply_plan
from reconciler.engine.planner import make_plan
from reconciler.engine.resolve import resolve_open
from reconciler.errors import DoubtError, ReconcilerError
from reconciler.panel.readonly import ReadGuard, ReadOnly, read_functions
from reconciler.planning.context import PlanOptions
from reconciler.sandbox import ledger
from tests.faults.operations import NAMESPACE, manifests
from tests.support.killing import KilledError
from tests.support.project import EVERY_CONSENT, KINDS, NoProgress
from tests.support.recorded_project import RecordedProject

if TYPE_CHECKING:
    from reconciler.model.journal import Resolution
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import ChangeClass, Plan
    from reconciler.sandbox import Charge
    from reconciler.sandbox.faults import Fault
    from tests.support.connection import SentRequest


@dataclass(slots=True)
class Trial(RecordedProject):
    """A project, a neighbour whom nothing may touch, and how the last command ended."""

    _: KW_ONLY
    neighbour: str
    namespace: str = NAMESPACE
    allow: frozenset[ChangeClass] = EVERY_CONSENT
    outcomes: tuple[Outcome, ...] = ()
    error: BaseException | None = None
    fired: int = 0
    # What was planned last, by a plan or for an apply.
    planned: Plan | None = None

    def declare(self, *operations: str) -> None:
        """Write the manifests as they are after some operations."""
        self.write_documents(manifests(operations, self.neighbour))

    def plan(self, *faults: Fault) -> Plan | None:
        """Make a plan; None when that fails, and then ``error`` says why."""
        self.outcomes, self.error, self.planned = (), None, None
        app = self.faulty(faults)
        try:
            self.planned = self.clock.run(self._plan(app))
            return self.planned
        except ReconcilerError as error:
            self.error = error
            return None
        finally:
            self.fired = len(app.fired)

    def apply(self, plan: Plan | None, *faults: Fault) -> dict[str, str]:
        """Apply a plan, or settle what is open and apply a fresh one; return the results."""
        self.outcomes, self.error, self.planned = (), None, plan
        app = self.faulty(faults)
        before = self._inventory_bytes()
        reported: list[Outcome] = []
        try:
            self.clock.run(self._apply(app, plan, reported))
        except ReconcilerError as error:
            self.error = error
        except KilledError as error:
            # Whatever was still written on the way out would not have been.
            self._put_inventory(before)
            self.error = error
        finally:
            self.fired = len(app.fired)
        self.clock.run(app.settle())
        self.outcomes = tuple(reported)
        return {str(item.change.address): item.result for item in reported}

    def resume(self, *faults: Fault) -> list[str]:
        """Settle what is open by looking, as the command does; return what became of each."""
        app = self.faulty(faults)
        settled = self.clock.run(self._resume(app))
        self.fired = len(app.fired)
        self.clock.run(app.settle())
        assert not [item for item in settled if item.result != "verified" and item.code is None]
        return [item.result for item in settled]

    @property
    def code(self) -> int:
        """The exit code that the command would have ended with."""
        return int(exit_code(self.error or Applied(self.outcomes)))

    def charges(self) -> list[Charge]:
        """Return every charge so far."""
        return ledger(self.panel)

    def writes(self, func: str = "") -> list[SentRequest]:
        """Return the requests on the line that could have changed anything."""
        return [each for each in self.requests if each.writes and func in {"", each.func}]

    async def _plan(self, app: object) -> Plan:
        allowed = read_functions(KINDS)
        async with self.opened(app, ReadGuard(allowed)) as panel:
            return await make_plan(
                ReadOnly(panel, allowed), self.context(), PlanOptions(), NoProgress()
            )

    async def _resume(self, app: object) -> tuple[Resolution, ...]:
        async with self.opened(app) as panel:
            return await resolve_open(self.resolver(panel))

    async def _apply(self, app: object, plan: Plan | None, reported: list[Outcome]) -> None:
        async with self.opened(app) as panel:
            if plan is None:
                for item in await resolve_open(self.resolver(panel)):
                    if item.result == "in-doubt":
                        raise DoubtError(item.message)
                reader = ReadOnly(panel, read_functions(KINDS))
                plan = await make_plan(reader, self.context(), PlanOptions(), NoProgress())
                self.planned = plan
            deps = self.apply_deps(panel, plan_digest="")
            await apply_plan(deps, plan, allow=self.allow, on_outcome=reported.append)
            assert not [o for o in reported if o.result != "verified" and o.cause is None]

    def _inventory_bytes(self) -> bytes | None:
        path = self.root / "inventory.json"
        return path.read_bytes() if path.exists() else None

    def _put_inventory(self, content: bytes | None) -> None:
        path = self.root / "inventory.json"
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(content)
