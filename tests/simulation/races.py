"""Races: two runs of one project at the same time, over one backend that only one may write to.

``python -m tests.simulation.races --races 500 --seed 1`` prints figures, and exits with 1 when the
oracle finds a promise broken, a line of the journal is lost, or the one who is turned away cannot
say who holds the lock. Time passes by itself; each machine has a wall clock of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, get_args

from reconciler.documents.plan import plan_digest
from reconciler.engine.apply.run import apply_plan
from reconciler.engine.planner import make_plan
from reconciler.engine.resolve import resolve_open
from reconciler.errors import DoubtError, LockedError, PanelError, StoreError
from reconciler.model.lock import LockHolder
from reconciler.panel.readonly import ReadOnly, read_functions
from reconciler.planning.context import PlanOptions
from reconciler.store.journal import Journal
from reconciler.store.log import BackendLog
from reconciler.store.state import LogInventory
from tests.simulation.history import History
from tests.simulation.manifest_edits import EDITS
from tests.simulation.oracle import Run, Violation
from tests.simulation.play import no_waiting_for_the_disk
from tests.simulation.project import ALLOWED
from tests.simulation.simulation import Simulation
from tests.support.memory_backend import MemoryBackend
from tests.support.project import KINDS, NoProgress
from tests.support.recorded_project import TARGET, RecordedProject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.lock import LockRecord

Trouble = Literal["start together", "lease lost", "clock wrong", "network gone"]
LEASE = 60.0
_NETWORK = 10.0
_HOUR = 3600.0
# No removal: beside an addition it may look like a rename, and then a person has to answer.
_EDITS = ("add", "add", "add a client", "change", "renew", "add-ons")
_END = 6


@dataclass(slots=True)
class Machine:
    """What one machine has of its own: its wall clock, and its way to the backend."""

    backend: MemoryBackend
    name: str
    wrong_by: float = 0.0
    cut_from: float = -1.0
    cut_to: float = -1.0


@dataclass(slots=True)
class RacingProject(RecordedProject):
    """A project whose state is in a backend, on one of the machines."""

    _: KW_ONLY
    machine: Machine
    record: LockRecord | None = None
    renewed: float = 0.0
    written: list[bytes] = field(default_factory=list)
    _journal: Journal | None = None
    _inventory: Any = None

    @property
    def journal(self) -> Any:  # noqa: ANN401 - that of a backend in the place of a file
        """The journal, over the way of this machine."""
        return self._journal

    @property
    def inventory(self) -> Any:  # noqa: ANN401 - that of a backend in the place of a file
        """The inventory, over the way of this machine."""
        return self._inventory

    def reach(self) -> None:
        """Reach the backend. Raises: StoreError while the network is gone."""
        if self.machine.cut_from <= self.clock.now() < self.machine.cut_to:
            raise StoreError("the network to the state is gone")

    def check(self) -> None:
        """Check the lock as ``HeldLock`` does. Raises: LockedError."""
        if self.clock.now() - self.renewed >= LEASE:
            raise LockedError("the lease ran out")

    @contextmanager
    def held(self, *, take_over: bool = False) -> Iterator[None]:
        """Hold the lock. Raises: LockedError."""
        self.reach()
        backend, name = self.machine.backend, self.target.name
        if take_over:
            for each in backend.locks(name):
                backend.release(name, each.fence)
        holder = LockHolder(self.machine.name, "reconciler apply")
        self.record = backend.acquire(name, holder, frozenset(), LEASE)
        self.renewed = self.clock.now()
        log = BackendLog(_Way(self), name, fence=self.record.fence)
        self._journal = Journal(log, self._wall, fence=self.check, trusts_clock=False)
        self._inventory = LogInventory(self._journal)
        try:
            yield
        finally:
            with suppress(StoreError, LockedError):
                self.reach()
                backend.release(name, self.record.fence)

    def _wall(self) -> float:
        return self.clock.now() + self.machine.wrong_by

    async def keep(self) -> None:
        """Renew the lease, three times in it."""
        assert self.record is not None
        while True:
            await asyncio.sleep(LEASE / 3)
            with suppress(StoreError):
                begun = self.clock.now()
                self.reach()
                self.machine.backend.renew(self.target.name, self.record.fence)
                self.renewed = begun

    async def apply(self) -> None:
        """Resolve what is open, plan and apply, as the command does."""
        async with self.opened(self.faulty(())) as panel:
            panel_writes = _Fenced(panel, self.check)
            for item in await resolve_open(self.resolver(panel)):
                if item.result == "in-doubt":
                    raise DoubtError(item.message)
            reader = ReadOnly(panel, read_functions(KINDS))
            plan = await make_plan(reader, self.context(), PlanOptions(), NoProgress())
            deps = self.apply_deps(panel_writes, plan_digest=plan_digest(plan))
            await apply_plan(deps, plan, allow=ALLOWED)


class _Fenced:
    """A panel that asks for the lock before each write."""

    def __init__(self, panel: Any, check: Any) -> None:  # noqa: ANN401 - passed on as they are
        self._panel = panel
        self._check = check

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a panel has
        return getattr(self._panel, name)

    async def submit(self, call: Any) -> Any:  # noqa: ANN401 - as the panel
        self._check()
        return await self._panel.submit(call)


class _Way:
    """The backend as one machine reaches it; it notes the lines that were written over it."""

    def __init__(self, project: RacingProject) -> None:
        self._project = project
        self.place = project.machine.backend.place

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a backend has
        self._project.reach()
        return getattr(self._project.machine.backend, name)

    def append(self, target: str, batch: Any, fence: int) -> None:  # noqa: ANN401 - a batch
        self._project.reach()
        self._project.machine.backend.append(target, batch, fence)
        self._project.written.extend(batch.lines)


@dataclass(slots=True)
class Race:
    """Two runs that race over the state of one project."""

    simulation: Simulation
    trouble: Trouble
    dice: Random
    backend: MemoryBackend = field(default_factory=MemoryBackend)
    figures: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    projects: list[RacingProject] = field(default_factory=list)

    def machine(self, name: str) -> RacingProject:
        """Return the project on a new machine."""
        world = self.simulation.world
        made = RacingProject(
            root=world.root,
            app=world.panel,
            clock=world.clock,
            namespace=world.namespace,
            target=TARGET,
            machine=Machine(self.backend, name),
        )
        self.projects.append(made)
        return made

    def play(self) -> None:
        """Apply once in peace, race, and let a third machine come to the end."""
        declaration = self.simulation.author.declaration
        self.simulation.world.declare(declaration)
        clock = self.simulation.world.clock
        clock.run(self._alone(self.machine("first")))
        self._judge()
        for name in self.dice.choices(_EDITS, k=4):
            self.simulation.author.dice = self.dice
            EDITS[name](self.simulation.author)
        self.simulation.world.declare(self.simulation.author.declaration)
        clock.run(self._race())
        self._judge()
        self._heal()

    async def _alone(self, project: RacingProject, *, take_over: bool = False) -> None:
        with project.held(take_over=take_over):
            await self._applied(project)

    async def _applied(self, project: RacingProject) -> None:
        keeping = asyncio.create_task(project.keep())
        try:
            await project.apply()
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError, LockedError):
                await keeping

    async def _race(self) -> None:
        one, two = self.machine("one"), self.machine("two")
        begun = self.dice.uniform(0.0, 3.0) if self.trouble != "start together" else 0.0
        now = one.clock.now()
        match self.trouble:
            case "clock wrong":
                one.machine.wrong_by = self.dice.choice((-_HOUR, _HOUR))
                two.machine.wrong_by = -one.machine.wrong_by
            case "network gone":
                one.machine.cut_from = now + self.dice.uniform(0.0, 2.0)
                one.machine.cut_to = one.machine.cut_from + _NETWORK
            case "lease lost":
                one.machine.cut_from = now + self.dice.uniform(0.0, 2.0)
                one.machine.cut_to = one.machine.cut_from + 3 * LEASE
            case _:
                pass
        await asyncio.gather(self._runner(one, 0.0), self._runner(two, begun))

    async def _runner(self, project: RacingProject, delay: float) -> None:
        """Run when it is time; who is turned away says why, and comes when the lease is over."""
        await asyncio.sleep(delay)
        takes_over = False
        for _ in range(3):
            try:
                await self._alone(project, take_over=takes_over)
            except LockedError as error:
                self.figures["turned away, or lost the lock"] += 1
                if project.record is None and not any(each.holder.owner for each in error.records):
                    self.violations.append(Violation("S11", f"it does not say who: {error}"))
                takes_over = await self._watched(project)
            except StoreError:
                self.figures["could not reach the state"] += 1
                await asyncio.sleep(_NETWORK)
            except (PanelError, DoubtError) as error:
                self.figures[f"ended with {type(error).__name__}"] += 1
                return
            else:
                self.figures["applied"] += 1
                return

    async def _watched(self, project: RacingProject) -> bool:
        """Watch a lock for its lease; return whether its holder did not renew it."""
        before = self.backend.locks(project.target.name)
        await asyncio.sleep(LEASE + 1)
        gone = bool(before) and before == self.backend.locks(project.target.name)
        self.figures["taken over"] += gone
        return gone

    def _heal(self) -> None:
        """Let a new machine apply until all is done."""
        clock, declaration = self.simulation.world.clock, self.simulation.author.declaration
        for _ in range(_END):
            project = self.machine("third")
            clock.seconds += 2 * LEASE
            with suppress(PanelError, DoubtError):
                clock.run(self._alone(project, take_over=True))
            self._judge()
            if self.violations or not self.simulation.oracle.differences(declaration):
                break
        if not self.violations:
            self.violations += self.simulation.oracle.converged(declaration)
        kept = Counter(self.backend.history(TARGET.name))
        if kept != Counter(line for each in self.projects for line in each.written):
            self.violations.append(Violation("S16", "lines of the journal were lost"))

    def _judge(self) -> None:
        declaration = self.simulation.author.declaration
        run = Run(declaration, 1, None, disturbed=True)
        self.violations += self.simulation.oracle.watch(run)


def play(races: int, seed: int) -> tuple[Counter[str], list[Violation]]:
    """Play so many races, up to the first that breaks a promise."""
    figures: Counter[str] = Counter()
    for number in range(seed, seed + races):
        dice = Random(number)
        trouble = dice.choice(get_args(Trouble))
        with TemporaryDirectory() as folder, no_waiting_for_the_disk():
            history = History(number, False, (), frozenset())  # noqa: FBT003 - its own field
            simulation = Simulation.opened(Path(folder), history)
            try:
                race = Race(simulation, trouble, dice)
                race.play()
            finally:
                simulation.world.panel.close()
            figures += race.figures + Counter({"races": 1, f"trouble: {trouble}": 1})
            figures["charges"] += simulation.oracle.figures["charges"]
            if race.violations:
                return figures, [Violation("seed", str(number)), *race.violations]
    return figures, []


def main() -> int:
    """Race, print, and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.races", description=__doc__)
    parser.add_argument("--races", type=int, default=500, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="of the first")
    args = parser.parse_args()
    figures, violations = play(args.races, args.seed)
    lines = [f"{figures[name]:>9}  {name}" for name in sorted(figures)]
    lines += [f"{len(violations):>9}  violations"]
    sys.stdout.write("\n".join([*lines, *map(str, violations)]) + "\n")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
