"""Where a history is played: a project, its panel, its people, and the oracle after every run."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.sandbox import Sandbox, seed
from tests.simulation.change_log import install, query_panel
from tests.simulation.declaration import Declaration
from tests.simulation.fault_kinds import FAULT_KINDS
from tests.simulation.manifest_edits import EDITS
from tests.simulation.new_resources import ManifestAuthor, new_child, new_client
from tests.simulation.operator import Operator
from tests.simulation.oracle import Oracle, Run, Violation
from tests.simulation.panel_rows import read_codes
from tests.simulation.panel_users import USER_ACTIONS, PanelUsers
from tests.simulation.project import LongVirtualTime, SimulatedProject
from tests.support.recorded_project import TARGET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.sandbox.faults import Fault
    from tests.simulation.declaration import Item
    from tests.simulation.history import History
    from tests.simulation.project import RunResult
    from tests.support.killing import Kill

OTHER_CLIENTS = 4


@dataclass(slots=True)
class SimulationResult:
    """What came of a history: its figures, its violations, and the events so far."""

    figures: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Simulation:
    """Where a history is played: the project, its panel, its people, and the oracle."""

    history: History
    world: SimulatedProject
    oracle: Oracle
    author: ManifestAuthor
    result: SimulationResult = field(default_factory=SimulationResult)
    dropped: dict[str, Item] = field(default_factory=dict)

    @classmethod
    def opened(cls, root: Path, history: History) -> Simulation:
        """Make a panel with other clients, and a project of two clients, yet to be applied."""
        file = root / "panel.sqlite3"
        seed(file, clients=OTHER_CLIENTS, seed=history.seed % 97)
        install(file)
        time = LongVirtualTime()
        panel = Sandbox(file, clock=time.moment)
        panel = _detached(panel)
        codes = read_codes(panel)
        oracle = Oracle(panel, codes)
        other_clients = tuple(email for (email,) in query_panel(panel, "SELECT email FROM account"))
        author = ManifestAuthor(
            Declaration(), Random(history.seed), oracle.reading, other_clients, 0
        )
        whole: set[tuple[str, str]] = set()
        for _ in range(2):
            client, *rest = new_client(author)
            author.declaration = author.declaration.having(client, *rest)
            for kind in ("Discount", "TaxRule", "Service", "Service"):
                author.declaration = author.declaration.having(new_child(author, client.name, kind))
            whole = {(client.name, "Discount"), (client.name, "TaxRule")}
        author.declaration = Declaration(author.declaration.items, frozenset(whole))
        target = replace(TARGET, resend_after_settle=history.resend)
        world = SimulatedProject(root=root, app=panel, clock=time, target=target)
        return cls(history, world, oracle, author)

    def first(self) -> None:
        """Apply the project for the first time, without any trouble."""
        self.run("applies")
        if not self.result.violations:
            self.calm_down()

    def run(
        self,
        word: str,
        faults: list[tuple[str, Fault]] | None = None,
        between: Mapping[int, Callable[[], None]] | None = None,
        kill: Kill | None = None,
        *,
        idle: bool = False,
    ) -> RunResult:
        """Run the command once, and let the oracle judge it."""
        faults, between = faults or [], between or {}
        self.world.declare(self.author.declaration)
        acted = self.result.figures["actions between requests"]
        ran = self.world.run(*(fault for _, fault in faults), kill=kill, actions=between)
        fired = [name for name, fault in faults if any(fault is each for each in ran.fired)]
        self.result.figures += Counter({f"fault: {name}": 1 for name in fired})
        self.result.figures["faults"] += len(ran.fired)
        self.result.figures["runs"] += 1
        if ran.code is None and kill:
            self.result.figures["kill points"] += 1
            self.result.figures[f"killed: {kill.how}"] += 1
        where = f", dies at {kill.at} ({kill.how})" if kill else ""
        self.tell(f"{word}: exit {ran.code}{where}, faults {fired}")
        kinds_of_fault = [FAULT_KINDS[name] for name in fired]
        moved = self.result.figures["actions between requests"] > acted
        self.judge(
            self.oracle.watch(
                Run(
                    self.author.declaration,
                    ran.planned,
                    ran.code,
                    reported=len(ran.outcomes),
                    changes=len(ran.plan.changes) if ran.plan else 0,
                    disturbed=moved
                    or any(each.misleads or each.doubles for each in kinds_of_fault),
                    doubled=any(each.doubles for each in kinds_of_fault),
                    idle=idle,
                )
            )
        )
        if ran.code == 1:
            self.judge([Violation("exit 1", repr(ran.error))])
        if ran.code == 10:
            self.judge([Violation("S16", f"the store cannot be read: {ran.error}")])
        return ran

    def calm_down(self) -> None:
        """Let the project converge, with a person to answer what only a person can know."""
        left, asked = 2, 0
        while not self.result.violations:
            ran = self.run("heals")
            if ran.code == 0:
                break
            left -= 1
            self.tell(f"  {_brief(ran)}")
            if left and ran.code != 7:
                continue
            answers = self._answer(ran)
            asked += 1
            if not answers or asked > 6:
                self.judge([Violation("L1", f"does not converge: exit {ran.code}, {_brief(ran)}")])
                return
            left = 2
        if self.result.violations:
            return
        self.judge(self.oracle.converged(self.author.declaration))
        self.run("runs again", idle=True)

    def judge(self, violations: list[Violation]) -> None:
        """Keep what the oracle found."""
        self.result.violations += violations
        self.tell(*(f"VIOLATION {each}" for each in violations))

    def tell(self, *lines: str) -> None:
        """Write down what happened."""
        self.result.events += lines

    def _office(self, dice: Random) -> PanelUsers:
        emails = tuple(c.spec["email"] for c in self.author.declaration.of("Client"))
        return PanelUsers(self.world.panel, self.oracle.reading.codes, emails, dice)

    def edit(self, name: str, dice: Random) -> None:
        """Let the author change the manifests."""
        before = self.author.declaration
        self.author.dice = dice
        reported = EDITS[name](self.author)
        self.dropped |= {
            key: item
            for key, item in before.items.items()
            if key not in self.author.declaration.items
        }
        if reported:
            self.result.figures["edits of manifests"] += 1
            self.tell(f"Git {reported}")

    def act(self, name: str, dice: Random, where: str = "") -> None:
        """Let somebody do something at the panel."""
        reported = USER_ACTIONS[name](self._office(dice))
        if reported:
            self.result.figures["actions of people"] += 1
            self.result.figures["actions between requests"] += bool(where)
            self.tell(f"somebody{where}: {name}: {reported}")

    def _answer(self, ran: RunResult) -> list[str]:
        person = Operator(
            self.world,
            self._office(Random(0)),
            self.oracle.reading,
            self.author.declaration,
            self.dropped,
        )
        reported = person.answer(ran)
        self.author.declaration = person.declaration
        self.result.figures += Counter(f"answer: {text}" for text in reported)
        self.tell(*(f"a person {text}" for text in reported))
        return reported

    @contextmanager
    def copied(self) -> Iterator[Simulation]:
        """Go on with a copy of it all, and come back with its figures and violations."""
        panel = self.world.panel.restored(self.world.panel.snapshot())
        with TemporaryDirectory() as folder, panel:
            root = Path(folder)
            for name in ("inventory.json", "journal"):
                if (self.world.root / name).exists():
                    shutil.copy(self.world.root / name, root)
            time = LongVirtualTime()
            time.seconds = self.world.clock.seconds
            panel.clock = time.moment
            world = replace(self.world, root=root, app=panel, clock=time, requests=[])
            oracle = self.oracle.forked(panel)
            author = replace(self.author, reading=oracle.reading)
            simulation = Simulation(self.history, world, oracle, author, dropped=dict(self.dropped))
            yield simulation
            self.result.figures += simulation.result.figures + oracle.figures
            if simulation.result.violations:
                self.tell("", "on a copy:", *simulation.result.events)
                self.result.violations += simulation.result.violations


def _detached(panel: Sandbox) -> Sandbox:
    """Hold a panel in memory, where it can be copied at any time."""
    with panel:
        return panel.restored(panel.snapshot())


def _brief(ran: RunResult) -> str:
    open_ends = [
        f"{o.result} {o.change.action} {o.change.address}: {o.message or o.change.reason}"
        for o in ran.outcomes
        if o.result != "verified"
    ]
    return "; ".join(open_ends) or str(ran.error)
