"""The harness: a project in a folder, a panel and a clock, as the commands use them.

``ProjectFolder`` is what its adapters stand on: manifests, inventory and journal in a folder, and
what a command makes of them. The adapters:

- ``Project``, here: plans, applies, undoes and resumes on an embedded panel in this process;
- ``tests.support.recorded_project``: keeps every request, over a connection that can break, in a
  time of its own (``faults.trial.Trial`` and ``simulation.project.SimulatedProject`` extend it);
- ``tests.support.command_line``: the command line as a user meets it;
- ``tests.support.planning``: no folder and no panel, for what only compares values.

Invariants: every request goes through ``reconciler.panel``, every line through the real journal and
inventory, which are opened anew each time as by a new process; only the clock is a double.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from reconciler.cli.wiring import plan_context
from reconciler.engine.apply.context import ApplyDeps
from reconciler.engine.apply.run import apply_plan
from reconciler.engine.planner import find_drift, make_plan, make_undo
from reconciler.engine.resolve import Resolver, resolve_open
from reconciler.errors import ManifestsError
from reconciler.kinds.catalogue import Catalogue, discover
from reconciler.manifest.load.loader import load_manifests
from reconciler.model.finding import has_errors
from reconciler.model.plan import ChangeClass, TargetRef
from reconciler.model.target import Auth, Guards, Limits, Target
from reconciler.model.value import Secret
from reconciler.panel import open_panel, open_reader
from reconciler.planning.context import PlanOptions
from reconciler.sandbox import ADMIN, PASSPHRASE
from reconciler.store.edit_effects import FileEditEffects
from reconciler.store.inventory import FileInventory
from reconciler.store.journal import FileJournal
from reconciler.store.journal_writer import JournalWriter
from tests.support.clock import InstantClock
from tests.support.killing import KillableInventory, KillableJournal

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from reconciler.model.drift import DriftReport
    from reconciler.model.journal import Resolution
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan
    from reconciler.model.undo import InverseChange
    from reconciler.planning.context import PlanContext
    from reconciler.ports import Inventory, Panel, Reader, Secrets
    from tests.support.killing import KillableProcess
    from tests.support.virtual_time import VirtualTime

KINDS = discover()
TARGET = Target(
    "test",
    "http://127.0.0.1/billmgr",
    Auth("session", ADMIN, Secret("env", ("NONE",))),
    limits=Limits(settle=0.0),
)
GUARDS = Guards(max_deletes=None)
EVERY_CONSENT: frozenset[ChangeClass] = frozenset(get_args(ChangeClass))


class NoProgress:
    """Satisfies Progress, and says nothing."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Ignore the stage."""

    def step(self, count: int = 1) -> None:
        """Ignore the step."""

    def remark(self, words: str) -> None:
        """Ignore it."""


class KnownSecrets:
    """Resolves every reference to the embedded panel's own passphrase."""

    def resolve(self, secret: Secret) -> str:
        """Return the passphrase."""
        del secret
        return PASSPHRASE


@dataclass(slots=True)
class ProjectFolder:
    """A project in a folder, its panel, and its clock; ``process`` is one that may die."""

    root: Path
    app: Any
    catalogue: Catalogue = KINDS
    _: KW_ONLY
    clock: InstantClock | VirtualTime = field(default_factory=InstantClock)
    namespace: str = "test-project"
    target: Target = TARGET
    guards: Guards = GUARDS
    process: KillableProcess | None = None

    def __post_init__(self) -> None:
        """Make the folder of the manifests."""
        (self.root / "manifests").mkdir(parents=True, exist_ok=True)

    @property
    def inventory(self) -> FileInventory:
        """What the last apply left."""
        return FileInventory(self.root / "inventory.json", self.target.name)

    @property
    def journal(self) -> FileJournal:
        """What was intended."""
        return FileJournal(self.root / "journal", self.clock.now)

    def write(self, text: str, name: str = "main.yaml") -> None:
        """Replace one manifest file."""
        (self.root / "manifests" / name).write_text(text, encoding="utf-8")

    def context(self) -> PlanContext:
        """Load the manifests and what is remembered. Raises: ManifestsError."""
        loaded = load_manifests(self.root, ["manifests"], self.catalogue)
        if has_errors(loaded.findings):
            raise ManifestsError(loaded.findings)
        return plan_context(
            loaded,
            self.inventory,
            self.journal,
            catalogue=self.catalogue,
            namespace=self.namespace,
            target=TargetRef(self.target.name, self.target.url),
            guards=self.guards,
            today=self.clock.today(),
        )

    def resolver(self, reader: Reader) -> Resolver:
        """Return what resolves the operations in doubt."""
        return Resolver(reader, self.catalogue, self.target, self.clock, self._run_journal())

    def apply_deps(
        self,
        panel: Panel,
        *,
        plan_digest: str | None = None,
        edit_memory: FileEditEffects | None = None,
    ) -> ApplyDeps:
        """Return what an apply needs; with a plan's digest its run begins in the journal."""
        journal = self._run_journal()
        if plan_digest is not None:
            journal.begin(plan_digest)
        return ApplyDeps(
            panel,
            self.context(),
            self.target,
            self.clock,
            journal=JournalWriter(journal),
            inventory=self._run_inventory(),
            progress=NoProgress(),
            edit_memory=edit_memory,
        )

    def _run_journal(self) -> FileJournal | KillableJournal:
        return KillableJournal(self.journal, self.process) if self.process else self.journal

    def _run_inventory(self) -> Inventory:
        return KillableInventory(self.inventory, self.process) if self.process else self.inventory


@dataclass(slots=True)
class Project(ProjectFolder):
    """Plans and applies the manifests of a folder on an embedded panel.

    ``outcomes`` are those of the last apply; ``waited`` is how long the last resume would have
    waited, in seconds.
    """

    _: KW_ONLY
    secrets: Secrets = field(default_factory=KnownSecrets)
    outcomes: tuple[Outcome, ...] = ()
    waited: float = 0.0

    @property
    def effects(self) -> FileEditEffects:
        """What is remembered of how the panel takes edits."""
        return FileEditEffects(self.root / "edits.json", self.target.name)

    def plan(self, options: PlanOptions | None = None) -> Plan:
        """Make a plan."""
        return self.clock.run(self._plan(options or PlanOptions()))

    def apply(self, plan: Plan | None = None) -> dict[str, str]:
        """Apply a plan, or a fresh one; return each address's last result."""
        self.outcomes = self.clock.run(self._apply(plan or self.plan()))
        return {str(item.change.address): item.result for item in self.outcomes}

    def undo(self, back: tuple[InverseChange, ...], run: str = "run") -> Plan:
        """Plan the undo of a run."""
        return self.clock.run(self._undo(back, run))

    def resume(self) -> tuple[Resolution, ...]:
        """Resolve what an earlier apply left open."""
        return self.clock.run(self._resume())

    def drift(self) -> DriftReport:
        """Look for drift."""
        return self.clock.run(self._drift())

    def reader(self) -> AbstractAsyncContextManager[Reader]:
        """Open the panel for reading only."""
        return open_reader(
            self.target,
            secrets=self.secrets,
            kinds=self.catalogue,
            clock=self.clock,
            app=self.process or self.app,
        )

    async def _plan(self, options: PlanOptions) -> Plan:
        async with self.reader() as reader:
            return await make_plan(reader, self.context(), options, NoProgress())

    async def _undo(self, back: tuple[InverseChange, ...], run: str) -> Plan:
        async with self.reader() as reader:
            context, options = self.context(), PlanOptions()
            return await make_undo(reader, context, options, NoProgress(), back=back, run=run)

    async def _resume(self) -> tuple[Resolution, ...]:
        async with self.reader() as reader:
            begun = self.clock.now()
            resolved = await resolve_open(self.resolver(reader))
            self.waited = self.clock.now() - begun
            return resolved

    async def _drift(self) -> DriftReport:
        async with self.reader() as reader:
            return await find_drift(reader, self.context(), NoProgress())

    async def _apply(self, plan: Plan) -> tuple[Outcome, ...]:
        app = self.process or self.app
        opened = open_panel(self.target, secrets=self.secrets, clock=self.clock, app=app)
        async with opened as panel:
            deps = self.apply_deps(panel, edit_memory=self.effects)
            return await apply_plan(deps, plan, allow=EVERY_CONSENT)
