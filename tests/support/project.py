"""The whole round without a command line: manifests on disk, the embedded panel, an inventory.

Invariant: every ask of the panel goes through the real panel room; only the clock is a double.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, get_args

from reconciler.engine.apply.context import ApplyDeps
from reconciler.engine.apply.run import apply_plan
from reconciler.engine.planner import find_drift, make_plan, make_undo
from reconciler.engine.resolve import Resolver, resolve_open, unseen_lists
from reconciler.kinds.catalogue import Catalogue, discover
from reconciler.manifest.load.loader import load_manifests
from reconciler.model.address import parse_address
from reconciler.model.plan import ChangeClass, TargetRef
from reconciler.model.target import Auth, Guards, Limits, Target
from reconciler.model.value import Secret
from reconciler.panel import open_panel, open_reader
from reconciler.planning.context import PlanContext, PlanOptions
from reconciler.sandbox import ADMIN, PASSPHRASE
from reconciler.store.edit_effects import FileEditEffects
from reconciler.store.inventory import FileInventory
from reconciler.store.journal import FileJournal
from tests.support.clock import TODAY, InstantClock

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from reconciler.model.drift import DriftReport
    from reconciler.model.journal import Resolution
    from reconciler.model.outcome import Outcome
    from reconciler.model.plan import Plan
    from reconciler.model.undo import InverseChange
    from reconciler.ports import Clock, Inventory, Journal, Reader, Secrets

EVERY_CONSENT: frozenset[ChangeClass] = frozenset(get_args(ChangeClass))


class NoProgress:
    """Satisfies Progress, and says nothing."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Ignore the stage."""

    def step(self, count: int = 1) -> None:
        """Ignore the step."""


class KnownSecrets:
    """Resolves every reference to the embedded panel's own passphrase."""

    def resolve(self, secret: Secret) -> str:
        """Return the passphrase."""
        del secret
        return PASSPHRASE


class Project:
    """Plans and applies the manifests of a folder on an embedded panel."""

    def __init__(self, root: Path, app: object, catalogue: Catalogue | None = None) -> None:
        """Use a folder, an ASGI panel and a catalogue (all kinds where none is given)."""
        self.root = root
        self.app = app
        self.waited = 0.0
        self.catalogue = catalogue or discover()
        self.inventory: Inventory = FileInventory(root / ".reconciler" / "inventory.json", "test")
        self.journal: Journal = FileJournal(root / ".reconciler" / "test.journal")
        self.effects = FileEditEffects(root / ".reconciler" / "test.edits.json", "test")
        self.namespace = "test-project"
        self.guards = Guards(max_deletes=None)
        self.secrets: Secrets = KnownSecrets()
        self.outcomes: tuple[Outcome, ...] = ()
        auth = Auth("session", ADMIN, Secret("env", ("NONE",)))
        self.target = Target("test", "http://127.0.0.1/billmgr", auth, limits=Limits(settle=0.0))
        (root / "manifests").mkdir(exist_ok=True)

    def write(self, text: str, name: str = "main.yaml") -> None:
        """Replace one manifest file."""
        (self.root / "manifests" / name).write_text(text, encoding="utf-8")

    def work(self) -> PlanContext:
        """Load the manifests and the inventory."""
        loaded = load_manifests(self.root, ["manifests"], self.catalogue)
        assert not [f.message for f in loaded.findings if f.severity == "error"]
        return PlanContext(
            self.catalogue,
            self.namespace,
            TargetRef(self.target.name, self.target.url),
            loaded.desired,
            loaded.findings,
            loaded.digest,
            self.inventory.load(),
            self.guards,
            TODAY,
            {
                parse_address(item.intent.address): "in doubt"
                for item in self.journal.open_intents()
                if item.doubtful
            },
            unseen=unseen_lists(self.journal.open_intents()),
        )

    def plan(self, options: PlanOptions | None = None) -> Plan:
        """Make a plan."""
        return asyncio.run(self._plan(options or PlanOptions()))

    def apply(self, plan: Plan | None = None) -> dict[str, str]:
        """Apply a plan, or a fresh one; return each address's last result."""
        self.outcomes = asyncio.run(self._apply(plan or self.plan()))
        return {str(item.change.address): item.result for item in self.outcomes}

    def undo(self, back: tuple[InverseChange, ...], run: str = "run") -> Plan:
        """Plan the way back from a run."""
        return asyncio.run(self._undo(back, run))

    def settle(self) -> tuple[Resolution, ...]:
        """Settle what an earlier apply left open."""
        return asyncio.run(self._settle())

    def drift(self) -> DriftReport:
        """Look for drift."""
        return asyncio.run(self._drift())

    def _reader(self, clock: Clock) -> AbstractAsyncContextManager[Reader]:
        return open_reader(
            self.target, secrets=self.secrets, kinds=self.catalogue, clock=clock, app=self.app
        )

    async def _plan(self, options: PlanOptions) -> Plan:
        async with self._reader(InstantClock()) as panel:
            return await make_plan(panel, self.work(), options, NoProgress())

    async def _undo(self, back: tuple[InverseChange, ...], run: str) -> Plan:
        async with self._reader(InstantClock()) as panel:
            options = PlanOptions()
            return await make_undo(panel, self.work(), options, NoProgress(), back=back, run=run)

    async def _settle(self) -> tuple[Resolution, ...]:
        clock = InstantClock()
        async with self._reader(clock) as panel:
            settler = Resolver(panel, self.catalogue, self.target, clock, self.journal)
            settled = await resolve_open(settler)
            self.waited = clock.seconds
            return settled

    async def _drift(self) -> DriftReport:
        async with self._reader(InstantClock()) as panel:
            return await find_drift(panel, self.work(), NoProgress())

    async def _apply(self, plan: Plan) -> tuple[Outcome, ...]:
        clock = InstantClock()
        opened = open_panel(self.target, secrets=self.secrets, clock=clock, app=self.app)
        async with opened as panel:
            deps = ApplyDeps(
                panel,
                self.work(),
                self.target,
                clock,
                journal=self.journal,
                inventory=self.inventory,
                progress=NoProgress(),
                edit_memory=self.effects,
            )
            return await apply_plan(deps, plan, allow=EVERY_CONSENT)
